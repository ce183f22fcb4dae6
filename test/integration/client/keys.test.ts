import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ListedKey, MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { freePort, type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached()
  client = new MemcachedClient(`127.0.0.1:${server.port}`)
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

beforeEach(async () => {
  // Not a flush: the crawler still lists what was flushed until somebody asks for it.
  for await (const listed of client.keys()) await client.deleteListed(listed)
})

describe('keys', () => {
  it('lists plain, encoded and hashed keys, decoded', async () => {
    await client.set('plain', 'v', { ttl: Infinity })
    await client.set('mit Leerzeichen, grüße\n', 'v', { ttl: 1000 })
    await client.set(`long:${'x'.repeat(300)}`, 'v')

    const listed = await all(client.keys())

    expect(listed.map(({ key, hashed }) => [hashed ? key.slice(0, 14) : key, hashed])).toEqual([
      ['mit Leerzeichen, grüße\n', false],
      ['plain', false],
      ['reprise#long:x', true],
    ])
    const [encoded, plain] = listed
    expect(plain).toMatchObject({
      server: `127.0.0.1:${server.port}`,
      expiresAt: Infinity,
      fetched: false,
    })
    expect(plain?.sizeBytes).toBeGreaterThan(50)
    const now = Date.now() / 1000
    expect(Math.abs((encoded?.expiresAt ?? 0) - now - 1000)).toBeLessThan(5)
    expect(Math.abs((encoded?.lastAccessAt ?? 0) - now)).toBeLessThan(5)
  })

  it('lists what starts so and no more than asked for', async () => {
    for (const key of ['a:1', 'a:2', 'a:3', 'b:1', `a:${'x'.repeat(300)}`]) {
      await client.set(key, 'v')
    }

    expect(await all(client.keys({ startsWith: 'a:' }))).toHaveLength(4)
    expect(await all(client.keys({ startsWith: 'b:' }))).toMatchObject([{ key: 'b:1' }])
    expect(await all(client.keys({ startsWith: 'reprise#' }))).toEqual([])
    expect(await all(client.keys({ limit: 2 }))).toHaveLength(2)
    expect(await all(client.keys({ limit: 0 }))).toEqual([])
  })

  it('lists ten thousand, and deletes them as they come', async () => {
    await Promise.all(Array.from({ length: 9000 }, (_, i) => client.set(`many:${i}`, 'v')))

    const deleted: boolean[] = []
    for await (const listed of client.keys({ startsWith: 'many:' })) {
      deleted.push(await client.deleteListed(listed))
    }

    expect(deleted).toHaveLength(9000)
    expect(deleted.every((was) => was)).toBe(true)
    expect(await client.get('many:77')).toBeUndefined()
  })

  it('waits while another listing runs', async () => {
    await Promise.all(Array.from({ length: 2000 }, (_, i) => client.set(`many:${i}`, 'v')))

    const listings = await Promise.all([all(client.keys()), all(client.keys()), all(client.keys())])

    expect(listings.map((listed) => listed.length)).toEqual([2000, 2000, 2000])
  })

  it('closes its connection where the reader stops', async () => {
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using other = new MemcachedClient(`127.0.0.1:${proxy.port}`)
    await client.set('a', 'v')
    await client.set('b', 'v')

    for await (const _ of other.keys()) break

    expect(proxy.counts.connections).toBe(1)
    while (proxy.open > 0) await new Promise(setImmediate)
  })

  it('rejects where the server does not allow it, is gone, or falls silent', async () => {
    await using locked = await startMemcached(['-X'])
    await using refused = new MemcachedClient(`127.0.0.1:${locked.port}`)
    await expect(all(refused.keys())).rejects.toMatchObject({
      code: 'ERR_SERVER',
      message: expect.stringContaining('metadump not allowed'),
    })

    await using dead = new MemcachedClient(`127.0.0.1:${await freePort()}`)
    await expect(all(dead.keys())).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await proxy.set({ kind: 'hang' })
    await using silent = new MemcachedClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 10 })
    await expect(all(silent.keys())).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await proxy.set({ kind: 'garbage', bytes: 'HTTP/1.1 400 Bad Request\r\n' })
    await client.set('a', 'v')
    await expect(all(silent.keys())).rejects.toMatchObject({ code: 'ERR_PROTOCOL' })
  })

  it('deletes a key of another client that is too long for base64, and stays connected', async () => {
    await ask(server.port, Buffer.from(`set ${'é'.repeat(120)} 0 0 1\r\nv\r\n`, 'utf8'))
    const [listed] = await all(client.keys())
    if (listed === undefined) throw new Error('nothing was listed')
    expect(listed.key).toBe('é'.repeat(120))

    const [deleted, missed] = await Promise.all([client.deleteListed(listed), client.get('a')])

    expect(deleted).toBe(true)
    expect(missed).toBeUndefined()
    expect(await all(client.keys())).toEqual([])
  })

  it('lists nothing once the client is closed', async () => {
    const closed = new MemcachedClient(`127.0.0.1:${server.port}`)
    await closed.close()

    await expect(all(closed.keys())).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('deletes nothing that it did not list', async () => {
    const forged = { key: 'a' } as ListedKey

    await expect(client.deleteListed(forged)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })
})

async function all(keys: AsyncIterable<ListedKey>): Promise<ListedKey[]> {
  const listed: ListedKey[] = []
  for await (const key of keys) listed.push(key)
  return listed.sort((a, b) => (a.key < b.key ? -1 : 1))
}
