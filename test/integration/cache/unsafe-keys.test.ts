import { expect, it } from 'vitest'
import { createCaches } from '../../../src/index.ts'
import { startMemcached } from '../../support/memcached.ts'

it.each(['a b', 'a\r\nHD O1', 'größe', '\t'])(
  'computes, counts and invalidates under the key %j',
  async (key) => {
    await using server = await startMemcached()
    await using caches = createCaches({
      default: {
        backend: 'memcached',
        location: `127.0.0.1:${server.port}`,
        onFailure: 'throw',
      },
    })
    const cache = caches.default
    let computed = 0
    const read = () => cache.getOrSet(key, () => `v${++computed}`)

    expect(await Promise.all([read(), read()])).toEqual(['v1', 'v1'])
    expect(await read()).toBe('v1')
    await cache.invalidate(key)
    expect(await read()).toBe('v2')
    expect(await cache.incr(`${key}n`, 1, { initial: 9 })).toBe(9)
    expect(await cache.incr(`${key}n`)).toBe(10)
    expect(await cache.get(`${key}n`)).toBe(10)
  },
)
