import { describe, expect, it } from 'vitest'
import { HotKeys } from '../../../src/cli/hot-keys.ts'
import type { WatchedEvent } from '../../../src/client/index.ts'

describe('HotKeys', () => {
  it('counts reads and misses, the most read first', () => {
    const hot = new HotKeys()
    for (const id of [1, 2, 3]) hot.add(read(id, 'often'))
    hot.add(read(4, 'seldom', 'not_found'))

    expect(hot.top(10)).toEqual([
      { server: 's', key: 'often', reads: 3, misses: 0 },
      { server: 's', key: 'seldom', reads: 1, misses: 1 },
    ])
    expect(hot.top(1)).toHaveLength(1)
    expect(hot.reads).toBe(4)
  })

  it('does not count the look-up of a store', () => {
    const hot = new HotKeys()
    hot.add(read(1, 'k'))
    hot.add(read(2, 'k', 'not_found'))
    hot.add(stored(3, 'k'))

    expect(hot.top(10)).toEqual([{ server: 's', key: 'k', reads: 1, misses: 0 }])
    expect(hot.reads).toBe(1)
  })

  it('tells connections and servers apart', () => {
    const hot = new HotKeys()
    hot.add(read(1, 'k', 'found', 7))
    hot.add(stored(2, 'k', 8))
    hot.add({ ...read(1, 'k', 'found', 8), server: 'other' })

    expect(hot.reads).toBe(2)
    expect(hot.top(10)).toHaveLength(2)
  })

  it('sums what was skipped', () => {
    const hot = new HotKeys()
    hot.add({ type: 'skipped', count: 5, server: 's' })
    hot.add({ type: 'skipped', count: 7, server: 's' })

    expect(hot.skipped).toBe(12)
  })
})

function read(id: number, key: string, status = 'found', connection = 7): WatchedEvent {
  const item = { at: 1, id, key, hashed: false, slabClass: 1, sizeBytes: 1 }
  return { type: 'item_get', server: 's', ...item, status, connection }
}

function stored(id: number, key: string, connection = 7): WatchedEvent {
  const item = { at: 1, id, key, hashed: false, slabClass: 1, sizeBytes: 1 }
  const how = { status: 'stored', command: 'set', ttl: 60, connection }
  return { type: 'item_store', server: 's', ...item, ...how }
}
