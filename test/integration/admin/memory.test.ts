import { describe, expect, it } from 'vitest'
import { startMemcached } from '../../support/memcached.ts'
import { openCachesDashboard } from './dashboard.ts'

const NOTHING = {
  items: null,
  memoryRatio: null,
  bytes: null,
  limitBytes: null,
  evictionsPerSecond: null,
}

describe('the figures of aliases in memory', () => {
  it('shows what a store holds, and the evictions of the interval', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://?maxBytes=10kb' })
    const { caches, clock } = dashboard
    for (let i = 0; i < 10; i++) await caches.default.set(`k${i}`, 'x'.repeat(1000))
    const first = await dashboard.overview()
    for (let i = 10; i < 16; i++) await caches.default.set(`k${i}`, 'x'.repeat(1000))
    // Neither drops another entry.
    await caches.default.set('k15', 'y'.repeat(1000))
    await caches.default.delete('k14')
    clock.advance(2)

    const { aliases, memory, history } = await dashboard.overview()

    // An entry takes 1000 bytes, 16 of a string, 200 and twice the key: `:1:k14` or `:1:k9`.
    expect(first.aliases[0]).toMatchObject({ items: 8, bytes: 9808, evictionsPerSecond: null })
    const figures = {
      items: 7,
      bytes: 8592,
      limitBytes: 10_240,
      memoryRatio: 8592 / 10_240,
      evictionsPerSecond: 3,
    }
    expect(aliases[0]).toMatchObject(figures)
    expect(memory).toEqual({ stores: 1, ...figures })
    expect(history.points.at(-1)).toMatchObject({
      applicationOperationsPerSecond: 3.5,
      applicationEvictionsPerSecond: 3,
      applicationMemoryRatio: 8592 / 10_240,
      evictionsPerSecond: null,
      memoryFull: null,
    })
  })

  it('shows one store under each of its aliases, and counts it once in the sum', async () => {
    await using dashboard = openCachesDashboard({
      default: 'memory://?maxBytes=10kb',
      same: 'memory://?maxBytes=10kb&keyPrefix=b',
      other: 'memory://other?maxBytes=30kb',
    })
    const { caches } = dashboard
    await caches.default.set('k', 'v')
    await caches.get('same').set('k', 'v')
    await caches.get('other').set('k', 'v')

    const { aliases, memory } = await dashboard.overview()

    expect(aliases.map(({ items, limitBytes }) => [items, limitBytes])).toEqual([
      [2, 10_240],
      [2, 10_240],
      [1, 30_720],
    ])
    expect(memory).toMatchObject({ stores: 2, items: 3, limitBytes: 40_960 })
  })

  it('reaches back as far as the window that is asked for', async () => {
    await using dashboard = openCachesDashboard({
      default: { backend: 'memory', options: { maxEntries: 1 } },
    })
    await dashboard.overview()
    for (const sets of [9, 3, 0]) {
      for (let i = 0; i < sets; i++) await dashboard.caches.default.set(`${sets} ${i}`, 'v')
      dashboard.clock.advance(1)
      await dashboard.overview()
    }

    const short = await dashboard.overview('?window=1')
    const long = await dashboard.overview('?window=3')

    expect(short.aliases[0]?.evictionsPerSecond).toBe(0)
    // The first of twelve found room.
    expect(long.aliases[0]?.evictionsPerSecond).toBe(11 / 3)
  })

  it('has none for an alias elsewhere, and leaves the servers as they are', async () => {
    await using server = await startMemcached()
    await using dashboard = openCachesDashboard({
      default: `memcached://127.0.0.1:${server.port}`,
      fragments: 'memory://',
      off: 'null://',
    })
    await dashboard.caches.get('fragments').set('k', 'v')
    await dashboard.caches.default.set('k', 'v')

    const { aliases, total, memory } = await dashboard.overview()

    expect(aliases[0]).toMatchObject({ backend: 'memcached', ...NOTHING })
    expect(aliases[1]).toMatchObject({ items: 1, limitBytes: 67_108_864 })
    expect(aliases[2]).toMatchObject({ backend: 'null', ...NOTHING })
    expect(total).toMatchObject({ servers: 1, items: 1, memoryUsedBytes: 1_048_576 })
    expect(memory).toMatchObject({ stores: 1, items: 1 })
  })

  it('tells nothing of a store beyond its figures', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })

    const { aliases } = await dashboard.overview()

    expect(Object.keys(aliases[0] ?? {}).sort()).toEqual([
      'alias',
      'backend',
      'bytes',
      'errors',
      'errorsSinceStart',
      'evictionsPerSecond',
      'getsPerSecond',
      'hitRatio',
      'hitRatioSinceStart',
      'items',
      'keyPrefix',
      'limitBytes',
      'memoryRatio',
      'operationsPerSecond',
      'setsPerSecond',
      'stalePerSecond',
      'ttl',
      'version',
    ])
  })
})
