import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

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

const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`)

describe('connections', () => {
  it('share the keys of a server', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}`, connections: 4 })
    await client.setMany(keys.map((key) => [key, key]))
    const found = await client.getMany(keys)

    expect([...found.entries()].map(([key, { value }]) => [key, value.toString()])).toEqual(
      keys.map((key) => [key, key]),
    )
    expect([proxy.counts.connections, proxy.open]).toEqual([4, 4])
  })

  it('keep the commands of a key in order', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}`, connections: 8 })
    const reads = keys.flatMap((key) =>
      [1, 2, 3].map(async (n) => {
        void client.set(key, `${n}`)
        return (await client.get(key))?.value.toString()
      }),
    )

    expect(await Promise.all(reads)).toEqual(keys.flatMap(() => ['1', '2', '3']))
  })

  it('let a CAS find the connection that read it', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}`, connections: 8 })
    await client.setMany(keys.map((key) => [key, '1']))
    const outcomes = keys.map(async (key) => {
      const item = await client.gets(key)
      return item === undefined ? 'gone' : client.cas(key, '2', item.cas)
    })

    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['stored']))
  })

  it('delete a key whose write was lost before any of them reads it', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}`, connections: 3 })
    await client.setMany(keys.map((key) => [key, 'old']))
    await proxy.set({ kind: 'refuse' })
    proxy.cut('rst')
    await Promise.allSettled(keys.map((key) => client.set(key, 'new')))
    await proxy.set({ kind: 'pass' })

    await expect.poll(() => client.getMany(keys).catch(() => 'down')).toEqual(new Map())
  })

  it.each([0, 1.5, 101, Number.NaN])('refuse to be %d', (connections) => {
    expect(() => openClient({ servers: 'a', connections })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})

describe('a quiet batch', () => {
  it('costs one command for each key and one for the end, whatever is found', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}` })
    await client.flushAll()
    await client.setMany([
      ['key:1', 'one'],
      ['key:3', ''],
    ])
    proxy.resetCounts()
    const found = await client.getMany(['key:0', 'key:1', 'key:1', 'key:2', 'key:3', 'é'])

    expect(Array.from(found, ([key, { value }]) => [key, value.toString()])).toEqual([
      ['key:1', 'one'],
      ['key:3', ''],
    ])
    expect(Object.fromEntries(proxy.counts.commands)).toEqual({ mg: 5, mn: 1 })
    expect(proxy.counts.reads).toBe(1)
  })

  it('is answered with nothing but its end where nothing is found', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}` })
    await client.version()
    proxy.resetCounts()

    expect(await client.getMany(keys.map((key) => `no ${key}`))).toEqual(new Map())
    expect(proxy.counts.bytesReceived).toBe('MN\r\n'.length)
  })

  it('keeps its place among the commands around it', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}` })
    const [, before, , after] = await Promise.all([
      client.set('key:1', 'one'),
      client.getMany(['key:0', 'key:1', 'key:2']),
      client.set('key:1', 'two'),
      client.getMany(['key:2', 'key:1']),
    ])

    expect(before.get('key:1')?.value.toString()).toBe('one')
    expect(after.get('key:1')?.value.toString()).toBe('two')
  })
})
