import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCaches, describeCaches } from '../../../src/caches.ts'
import type { MemcachedClient } from '../../../src/client/index.ts'
import { openClient } from '../../support/client.ts'
import { eventually } from '../../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'
import { stop } from '../../support/stop.ts'

let servers: MemcachedServer[] = []
let names: string[] = []

beforeEach(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
  names = servers.map(({ port }) => `127.0.0.1:${port}`)
})

afterEach(() => Promise.all(servers.map((server) => server.kill())))

/** What a server itself has under a key. */
async function heldBy(name: string, key: string): Promise<string | undefined> {
  const reply = await ask(Number(name.split(':')[1]), `mg ${key} v\r\n`)
  return /^VA \d+\r\n(.*)\r\n/s.exec(reply)?.[1]
}

const text = async (client: MemcachedClient, key: string): Promise<string | undefined> =>
  (await client.get(key))?.value.toString()

/** A key that `client` keeps on the server `name`. */
function keyOn(client: MemcachedClient, name: string): string {
  for (let i = 0; ; i++) if (client.serverOf(`key:${i}`) === name) return `key:${i}`
}

describe('servers that change while the client runs', () => {
  it('spreads keys by weight over real servers', async () => {
    const [a = '', b = '', c = ''] = names
    for (const hashing of ['rendezvous', 'ketama'] as const) {
      await using client = openClient({ servers: [a, `${b}*2`, `${c}*5`], hashing })
      await client.flushAll()
      const keys = Array.from({ length: 2000 }, (_, i) => `weighted:${i}`)
      await Promise.all(keys.map((key) => client.set(key, key)))

      const counts = (await client.stats()).map(({ value }) => value?.curr_items ?? 0)
      const total = counts.reduce((sum, count) => sum + count, 0)
      expect(total).toBe(2000)
      for (const [i, share] of [1 / 8, 2 / 8, 5 / 8].entries()) {
        expect(Math.abs((counts[i] ?? 0) / total - share)).toBeLessThan(0.08)
      }
    }
  })

  it('settles what is under way on a server that is removed, and sends later calls elsewhere', async () => {
    const [a = '', b = ''] = names
    await using client = openClient([a, b])
    const key = keyOn(client, a)

    const set = client.set(key, 'old home')
    const read = client.get(key)
    const removed = client.removeServer(a)
    await client.set(key, 'new home')

    expect(await set).toBe(true)
    expect((await read)?.value.toString()).toBe('old home')
    await removed
    expect(await text(client, key)).toBe('new home')
    expect(await heldBy(b, key)).toBe('new home')
    // The one that asks is left.
    await eventually(async () => {
      const stats = await ask(servers[0]?.port ?? 0, 'stats\r\n')
      return stats.includes('STAT curr_connections 1\r\n')
    })
  })

  it('removes a server that does not answer within the timeouts', async () => {
    const [a = '', b = ''] = names
    await using client = openClient({ servers: [a, b], timeoutMs: 100 })
    const key = keyOn(client, a)
    await client.set(key, 'v')
    await stop(servers[0] as MemcachedServer)

    const read = client.get(key)
    const removed = client.removeServer(a)

    await expect(read).rejects.toMatchObject({ code: 'ERR_TIMEOUT', server: a })
    await removed
    expect(await text(client, key)).toBeUndefined()
    servers[0]?.resume()
  })

  it('does not show an old value when a server comes back', async () => {
    const [a = '', b = ''] = names
    await using client = openClient([a, b])
    const [written, deleted, left] = ['written', 'deleted', 'left'].map((name) => {
      for (let i = 0; ; i++) if (client.serverOf(`${name}:${i}`) === a) return `${name}:${i}`
    }) as [string, string, string]
    for (const key of [written, deleted, left]) await client.set(key, 'before')

    await client.removeServer(a)
    await client.set(written, 'meanwhile')
    await client.delete(deleted)
    client.addServer(a)

    expect(await text(client, written)).toBeUndefined()
    expect(await text(client, deleted)).toBeUndefined()
    expect(await text(client, left)).toBe('before')
  })

  it('does not show an old value when a key goes back to a server that stayed', async () => {
    const [a = '', b = '', c = ''] = names
    await using client = openClient([a, b])
    await using three = openClient(names)
    const key = keyOn(three, c)
    await client.set(key, 'first')

    client.addServer(c)
    await client.set(key, 'second')
    expect(await text(client, key)).toBe('second')
    await client.removeServer(c)

    expect(await text(client, key)).toBeUndefined()
  })

  it('deletes what was in doubt on a server when it was removed, once it is back', async () => {
    const [a = '', b = ''] = names
    await using client = openClient({ servers: [a, b], timeoutMs: 100 })
    const key = keyOn(client, a)
    await client.set(key, 'before')
    await stop(servers[0] as MemcachedServer)
    await expect(client.delete(key)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await client.removeServer(a)
    servers[0]?.resume()

    client.addServer(a)

    expect(await text(client, key)).toBeUndefined()
    expect(await heldBy(a, key)).toBeUndefined()
  })

  it('says once where it cannot remember all keys of a server that is gone', async () => {
    const [a = '', b = ''] = names
    const messages: string[] = []
    const listen = (message: unknown): void =>
      void messages.push((message as { error: Error }).error.message)
    subscribe('reprise:error', listen)
    try {
      await using client = openClient({ servers: [a, b], maxReplays: 3 })
      await client.removeServer(a)
      await client.setMany(new Map(Array.from({ length: 40 }, (_, i) => [`key:${i}`, 'v'])))

      expect(messages).toEqual([expect.stringMatching(/^More than 3 keys were written since/)])
    } finally {
      unsubscribe('reprise:error', listen)
    }
  })
})

describe('createCaches', () => {
  it('takes weights and hashing, in a list and in a URL, and shares a client among equals', async () => {
    const [a = '', b = ''] = names
    const url = `memcached://${a},${b}*3?hashing=ketama&keyPrefix=`
    const location = [b, { server: a, weight: 1 }]
    const caches = createCaches({
      default: `${url}one`,
      same: `${url}two`,
      other: { backend: 'memcached', location, keyPrefix: 'three', options: { hashing: 'ketama' } },
    })
    try {
      await caches.default.set('k', 'v')
      expect(await caches.default.get('k')).toBe('v')
      const [first, same, other] = describeCaches(caches).map(({ client }) => client)
      expect(first?.weights).toEqual([1, 3])
      expect(same).toBe(first)
      expect(other).not.toBe(first)
    } finally {
      await caches.close()
    }
  })

  it('refuses a weight before it connects', () => {
    expect(() => createCaches({ default: 'memcached://a*0' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})
