import { expect, it } from 'vitest'
import { type CacheContext, cacheChannel, computeChannel } from '../../../src/channels.ts'
import { Cache, MemoryBackend } from '../../../src/index.ts'

it('publishes one operation per call, without keys and values', async () => {
  const seen: CacheContext[] = []
  let computations = 0
  const listener = { end: () => {}, asyncEnd: (context: CacheContext) => void seen.push(context) }
  const counter = { asyncEnd: () => void computations++ }
  cacheChannel.subscribe(listener as never)
  computeChannel.subscribe(counter as never)
  const cache = new Cache(new MemoryBackend({ maxBytes: 10_000 }), { alias: 'shop' })

  await cache.get('secret')
  await cache.set('secret', 1)
  await cache.setMany({ a: 1, b: 'x'.repeat(20_000) })
  await cache.getMany(['secret', 'a', 'c'])
  await cache.add('secret', 2)
  await cache.invalidate('secret')
  await cache.get('secret', { allowStale: true })
  await cache.getOrSet('secret', () => 3)
  await cache.getOrSet('secret', () => 4)
  await cache.incr('missing').catch(() => {})
  cacheChannel.unsubscribe(listener as never)
  computeChannel.unsubscribe(counter as never)

  const alias = 'shop'
  expect(seen).toEqual([
    { alias, operation: 'get', keyCount: 1, misses: 1 },
    { alias, operation: 'set', keyCount: 1, stored: 1 },
    { alias, operation: 'setMany', keyCount: 2, stored: 1, refused: 1 },
    { alias, operation: 'getMany', keyCount: 3, hits: 2, misses: 1 },
    { alias, operation: 'add', keyCount: 1, refused: 1 },
    { alias, operation: 'invalidate', keyCount: 1 },
    { alias, operation: 'get', keyCount: 1, stale: 1 },
    { alias, operation: 'fill', keyCount: 1, stored: 1 },
    { alias, operation: 'getOrSet', keyCount: 1, misses: 1 },
    { alias, operation: 'getOrSet', keyCount: 1, hits: 1 },
    {
      alias,
      operation: 'incr',
      keyCount: 1,
      error: expect.objectContaining({ code: 'ERR_KEY_MISSING' }),
    },
  ])
  expect(computations).toBe(1)
})
