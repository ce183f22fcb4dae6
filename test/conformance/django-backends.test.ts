import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Backend,
  Cache,
  createCaches,
  describeCaches,
  MemcachedBackend,
  MemoryBackend,
  TieredBackend,
} from '../../src/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

// Over Memcached as it is, and with near copies of all values in front of it.
const KINDS: [string, (far: MemcachedBackend) => Backend][] = [
  ['memcached', (far) => far],
  ['tiered', (far) => new TieredBackend(far, { minBytes: 1 })],
]

describe.each(KINDS)('%s', (_kind, over) => {
  const servers: MemcachedServer[] = []
  beforeAll(async () => {
    servers.push(await startMemcached(), await startMemcached())
  })
  afterAll(() => Promise.all(servers.map((server) => server.kill())))
  const url = (): string => `127.0.0.1:${servers[0]?.port}`

  it('65: keeps a key for ever where the alias says so', async () => {
    await using cache = new Cache(over(new MemcachedBackend(url())), { ttl: Infinity })
    await cache.set('infinite_foo', 'bar')

    expect(await cache.get('infinite_foo')).toBe('bar')
  })

  it('66: keeps a key for a year where the alias says so', async () => {
    await using cache = new Cache(over(new MemcachedBackend(url())), { ttl: 31_536_000 })
    await cache.set('future_foo', 'bar')

    expect(await cache.get('future_foo')).toBe('bar')
  })

  it('67: leaves no old value where a new one is too large', async () => {
    for (const maxValueBytes of [1_048_576, 8 * 1_048_576]) {
      // The first is refused by the client, the second by the server.
      const backend = over(new MemcachedBackend({ servers: url(), maxValueBytes }))
      await using cache = new Cache(backend)
      await cache.set('small_value', 'a')
      await cache.get('small_value')
      await cache.set('small_value', 'a'.repeat(1_048_577))

      expect(await cache.get('small_value')).toBeUndefined()
      expect(await cache.setMany({ big: 'a'.repeat(1_048_577), small: 'a' })).toEqual(['big'])
      expect(await cache.add('added', 'a'.repeat(1_048_577))).toBe(false)
    }
  })

  it('68: ends its connections when it is closed, not with a request', async () => {
    await using proxy = await FaultProxy.start({ target: { port: servers[0]?.port ?? 0 } })
    const cache = new Cache(over(new MemcachedBackend(`127.0.0.1:${proxy.port}`)))
    await cache.get('key')
    await cache.get('key')
    expect(proxy.open).toBe(1)

    await cache.close()
    await expect.poll(() => proxy.open).toBe(0)
  })

  it('69: returns the caller’s keys that a dead server did not take', async () => {
    await using proxy = await FaultProxy.start({ target: { port: servers[1]?.port ?? 0 } })
    const locations = [url(), `127.0.0.1:${proxy.port}`]
    const backend = new MemcachedBackend(locations)
    await using cache = new Cache(over(backend), { keyPrefix: 'shop' })
    const keys = Array.from({ length: 50 }, (_, i) => `key${i}`)
    const isDead = (key: string) => {
      return backend.client.serverOf(`shop:1:${key}`) === `127.0.0.1:${proxy.port}`
    }
    await proxy.set({ kind: 'refuse' })

    const refused = await cache.setMany(keys.map((key) => [key, 'value'] as const))
    expect(refused.sort()).toEqual(keys.filter(isDead).sort())
    expect(refused.length).toBeGreaterThan(5)
    expect((await cache.getMany(keys)).size).toBe(50 - refused.length)
  })
})

describe.each(['memcached', 'tiered'] as const)('settings of %s', (backend) => {
  it('63: take servers from a list and from text split on commas or semicolons', () => {
    const names = ['127.0.0.1:11211', '127.0.0.2:11212']
    const locations = [
      ['127.0.0.1', '127.0.0.2:11212'],
      '127.0.0.1:11211,127.0.0.2:11212',
      '127.0.0.1;127.0.0.2:11212',
    ]

    for (const location of locations) {
      const [described] = describeCaches(createCaches({ default: { backend, location } }))
      expect(described?.client?.servers).toEqual(names)
    }
  })

  it('70, 73: hand their options to the client', async () => {
    await using server = await startMemcached()
    const location = `127.0.0.1:${server.port}`
    const options = { maxValueBytes: 100 }
    await using caches = createCaches({ default: { backend, location, options } })
    await caches.default.set('key', 'x'.repeat(101))

    expect(await caches.default.get('key')).toBeUndefined()
  })

  it('71: name a server as it is, but for what stands for its default', () => {
    const location = [
      'unix:/run/m.sock',
      'host',
      'host:11212',
      '[::1]',
      '[::1]:11212',
      '/run/n.sock',
    ]
    const [described] = describeCaches(createCaches({ default: { backend, location } }))

    expect(described?.client?.servers).toEqual([
      '/run/m.sock',
      'host:11211',
      'host:11212',
      '[::1]:11211',
      '[::1]:11212',
      '/run/n.sock',
    ])
  })
})

describe('memory', () => {
  it('74: keeps two locations apart and one together', async () => {
    await using caches = createCaches({
      default: { backend: 'memory' },
      other: { backend: 'memory', location: 'other' },
      same: { backend: 'memory', location: 'other', version: 1, keyPrefix: '' },
    })
    await caches.default.set('value', 42)

    expect(await caches.default.get('value')).toBe(42)
    expect(await caches.other.get('value')).toBeUndefined()
    await caches.other.set('value', 43)
    expect(await caches.same.get('value')).toBe(43)
  })

  // Django drops a third at a time; here each new entry drops the least recently used one.
  const nine = Array.from({ length: 9 }, (_, i) => `${i}`)
  const filled = async (): Promise<Cache> => {
    const cache = new Cache(new MemoryBackend({ maxEntries: 9 }))
    for (const key of nine) await cache.set(key, Number(key))
    return cache
  }
  const left = async (cache: Cache): Promise<string[]> => [...(await cache.getMany(nine)).keys()]
  const addThree = async (cache: Cache): Promise<void> => {
    for (const key of ['9', '10', '11']) await cache.set(key, 1)
  }

  it('77: counts a get as a use', async () => {
    const cache = await filled()
    for (const key of nine.slice(0, 6)) await cache.get(key)
    await addThree(cache)

    expect(await left(cache)).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('78: counts a set as a use', async () => {
    const cache = await filled()
    for (const key of nine.slice(3, 9)) await cache.set(key, 1)
    await addThree(cache)

    expect(await left(cache)).toEqual(['3', '4', '5', '6', '7', '8'])
  })

  it('79: counts incr as a use', async () => {
    const cache = await filled()
    for (const key of nine.slice(0, 6)) await cache.incr(key)
    await addThree(cache)

    expect(await left(cache)).toEqual(['0', '1', '2', '3', '4', '5'])
  })
})
