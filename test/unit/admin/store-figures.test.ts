import { describe, expect, it } from 'vitest'
import { readStores, storeFigures } from '../../../src/admin/store-figures.ts'
import { MemoryBackend } from '../../../src/backends/memory.ts'

describe('storeFigures', () => {
  it('divides estimated bytes by the limit, and evictions by the seconds between', () => {
    const before = { entries: 3, bytes: 700, maxBytes: 1000, evictions: 10 }
    const now = { entries: 2, bytes: 250, maxBytes: 1000, evictions: 15 }

    expect(storeFigures([now], [before], 10)).toEqual({
      items: 2,
      memoryRatio: 0.25,
      bytes: 250,
      limitBytes: 1000,
      evictionsPerSecond: 0.5,
    })
  })

  it('sums bytes and limits over stores of different size', () => {
    const small = { entries: 1, bytes: 10, maxBytes: 10, evictions: 4 }
    const large = { entries: 2, bytes: 0, maxBytes: 90, evictions: 0 }

    expect(storeFigures([small, large], [{ ...small, evictions: 1 }, large], 2)).toEqual({
      items: 3,
      memoryRatio: 0.1,
      bytes: 10,
      limitBytes: 100,
      evictionsPerSecond: 1.5,
    })
  })

  it('says nothing of evictions before there is a second sample', () => {
    const now = { entries: 1, bytes: 10, maxBytes: 100, evictions: 4 }

    expect(storeFigures([now], [], undefined)).toMatchObject({
      items: 1,
      memoryRatio: 0.1,
      evictionsPerSecond: null,
    })
  })

  it('says nothing of a limit that there is not', () => {
    const now = { entries: 1, bytes: 10, maxBytes: Infinity, evictions: 0 }

    expect(storeFigures([now], [now], 1)).toMatchObject({
      bytes: 10,
      limitBytes: null,
      memoryRatio: null,
    })
  })

  it('says nothing at all without a store', () => {
    expect(storeFigures([], [], 1)).toEqual({
      items: null,
      memoryRatio: null,
      bytes: null,
      limitBytes: null,
      evictionsPerSecond: null,
    })
  })
})

describe('readStores', () => {
  it('reads a store once, however often it is named', () => {
    const store = new MemoryBackend({ maxBytes: 1000 })
    const other = new MemoryBackend({ maxBytes: 2000 })

    expect([...readStores([store, other, store])]).toEqual([
      [store, { entries: 0, bytes: 0, maxBytes: 1000, evictions: 0 }],
      [other, { entries: 0, bytes: 0, maxBytes: 2000, evictions: 0 }],
    ])
  })
})
