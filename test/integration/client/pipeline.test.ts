import { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { runScript } from '../../support/script.ts'

let server: MemcachedServer
let proxy: FaultProxy

beforeAll(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
})

afterAll(async () => {
  await proxy.close()
  await server.kill()
})

beforeEach(() => {
  proxy.resetCounts()
})

describe('one tick of commands', () => {
  it('leaves in one write over one connection, whoever issued them', async () => {
    await using client = await opened()
    proxy.resetCounts()

    await Promise.all([
      client.set('a', '1'),
      client.getMany(['a', 'b', 'c']),
      // Deeper in the microtask queue of the same tick.
      Promise.resolve()
        .then(() => {})
        .then(() => client.get('d')),
      client.metaDelete('e'),
    ])

    expect(proxy.counts).toMatchObject({ reads: 1, connections: 0 })
    expect(Object.fromEntries(proxy.counts.commands)).toEqual({
      ms: 1,
      mg: 4,
      mn: 1,
      md: 1,
    })
  })

  it('waits for all microtasks of the tick', async () => {
    await using client = openClient(`127.0.0.1:${server.port}`)
    await client.version()
    const writes = vi.spyOn(Socket.prototype, 'write')
    const after = async (hops: number): Promise<unknown> => {
      for (let i = 0; i < hops; i++) await undefined
      return client.get(`hops:${hops}`)
    }

    await Promise.all([0, 1, 2, 5, 20].map(after))

    expect(writes).toHaveBeenCalledTimes(1)
  })

  it('follows a chunk of replies with one write', async () => {
    await using client = await opened()
    proxy.resetCounts()

    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        for (let round = 0; round < 5; round++) await client.get(`k${i}`)
      }),
    )

    expect(proxy.commands('mg')).toBe(100)
    expect(proxy.counts.reads).toBeLessThanOrEqual(10)
  })

  it('shares one connection while it is being opened', async () => {
    await using client = openClient(`127.0.0.1:${proxy.port}`)

    await Promise.all(Array.from({ length: 100 }, (_, i) => client.get(`k${i}`)))

    expect(proxy.counts.connections).toBe(1)
    // The greeting, and all commands.
    expect(proxy.counts.reads).toBe(2)
  })

  it('keeps 64 MiB of values in order where the kernel takes less at once', async () => {
    await using client = openClient({
      servers: `127.0.0.1:${server.port}`,
      timeoutMs: 20_000,
    })
    const values = Array.from({ length: 60 }, (_, i) => Buffer.alloc(1_000_000, `${i} `))

    const stored = await Promise.all(values.map((value, i) => client.set(`large:${i % 20}`, value)))
    const found = await client.getMany(Array.from({ length: 20 }, (_, i) => `large:${i}`))

    expect(stored.every((ok) => ok)).toBe(true)
    for (const [key, item] of found) {
      const last = 40 + Number(key.slice('large:'.length))
      expect(item.value.equals(values[last] ?? Buffer.alloc(0))).toBe(true)
    }
    await client.flushAll()
  })
})

describe('limits', () => {
  it('refuses the command over maxPending at once, and answers the others', async () => {
    await using client = openClient({
      servers: `127.0.0.1:${server.port}`,
      maxPending: 3,
    })
    const calls = ['a', 'b', 'c', 'd'].map((key) => client.get(key))

    await expect(calls[3]).rejects.toMatchObject({ code: 'ERR_OVERLOADED', applied: 'no' })
    expect(await Promise.all(calls.slice(0, 3))).toEqual([undefined, undefined, undefined])
    expect(await client.get('e')).toBeUndefined()
  })

  it('refuses values over maxPendingBytes at once, and deletes what they should replace', async () => {
    await using client = openClient({
      servers: `127.0.0.1:${server.port}`,
      maxPendingBytes: 10,
    })
    await client.set('k', 'old')
    const first = client.set('k', '12345678')

    await expect(client.set('k', 'abcdefgh')).rejects.toMatchObject({ code: 'ERR_OVERLOADED' })
    expect(await first).toBe(true)
    // Deleted behind the first, not ahead of it.
    expect(await client.get('k')).toBeUndefined()
  })

  it('bounds what it deletes for refused sets too', async () => {
    proxy.resetCounts()
    await using client = openClient({
      servers: `127.0.0.1:${proxy.port}`,
      maxPending: 1,
      maxReplays: 5,
    })

    await Promise.allSettled(Array.from({ length: 50 }, (_, i) => client.set(`k${i}`, 'v')))
    await client.getMany(['k0', 'k1'])

    expect([proxy.commands('ms'), proxy.commands('md')]).toEqual([1, 5])
  })
})

describe('close', () => {
  it('answers what is under way, takes nothing new, and leaves no connection', async () => {
    const client = await opened()
    const under = [client.set('k', 'v'), client.get('k')]
    const closed = client.close()

    await expect(client.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED', applied: 'no' })
    expect(await under[0]).toBe(true)
    expect(await under[1]).toMatchObject({ value: Buffer.from('v') })
    await closed
    await client.close()
    while (proxy.open > 0) await new Promise(setImmediate)
    const [version] = await client.version()
    expect(version?.error).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('needs no connection', async () => {
    await openClient(`127.0.0.1:${proxy.port}`).close()

    expect(proxy.counts.connections).toBe(0)
  })

  it('answers what waits for the first connection', async () => {
    const client = openClient(`127.0.0.1:${proxy.port}`)
    const waiting = client.set('k', 'v')
    await client.close()

    expect(await waiting).toBe(true)
  })
})

describe('a process', () => {
  it.each([
    ['ends by itself with an idle client', "await client.set('k', 'v')", 'done'],
    [
      'does not end before its command is answered',
      "client.get('missing').then((item) => console.log('answered', item))",
      'done\nanswered undefined',
    ],
  ])('%s', async (_, code, output) => {
    const printed = await runScript(
      'src/client/index.ts',
      `const client = new entry.MemcachedClient('127.0.0.1:${server.port}')
      ${code}
      console.log('done')`,
    )

    expect(printed.trim()).toBe(output)
  })
})

/** A client whose connection is open: what it sends next is what the test is about. */
async function opened(): Promise<MemcachedClient> {
  const client = openClient(`127.0.0.1:${proxy.port}`)
  await client.version()
  return client
}
