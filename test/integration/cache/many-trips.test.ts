import { expect, it } from 'vitest'
import { Cache, MemcachedBackend } from '../../../src/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { startMemcached } from '../../support/memcached.ts'

it('reads 500 keys of two servers in one write to each, and stores them in another', async () => {
  await using one = await startMemcached()
  await using other = await startMemcached()
  const proxies = await Promise.all(
    [one, other].map(({ port }) => FaultProxy.start({ target: { port } })),
  )
  const cache = new Cache(new MemcachedBackend(proxies.map(({ port }) => `127.0.0.1:${port}`)))
  const keys = Array.from({ length: 500 }, (_, i) => `k${i}`)
  await cache.getMany(keys)
  let asked = 0
  const load = (missing: string[]) => {
    asked += missing.length
    return new Map(missing.map((key) => [key, key]))
  }
  const writesOf = async (run: () => Promise<unknown>): Promise<number[]> => {
    for (const proxy of proxies) proxy.resetCounts()
    await run()
    return proxies.map(({ counts }) => counts.reads)
  }

  expect(await writesOf(() => cache.getOrSetMany(keys, load))).toEqual([2, 2])
  expect(await writesOf(() => cache.getOrSetMany(keys, load))).toEqual([1, 1])
  expect(asked).toBe(500)
  await cache.close()
  await Promise.all(proxies.map((proxy) => proxy.close()))
})
