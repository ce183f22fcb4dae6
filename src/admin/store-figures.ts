import type { MemoryUsage } from '../backends/memory-usage.ts'
import type { Bytes, Seconds } from '../units.ts'
import { ratio } from './figures.ts'
import { finite } from './server-figures.ts'

/** What of a `MemoryBackend` is asked. The page is compiled without what Node has, so not that. */
export interface MemoryStore {
  usage(): MemoryUsage
}

/** What each store told in one round. A store that aliases share is in it once. */
export type StoreReadings = ReadonlyMap<MemoryStore, MemoryUsage>

/** One store in this process, or several together. `null`: nothing to say, or there is none. */
export interface StoreFigures {
  /** Those whose time has passed, but which nobody asked for since, are still among them. */
  readonly items: number | null
  /** Estimated bytes, of the limit. */
  readonly memoryRatio: number | null
  readonly bytes: Bytes | null
  /** `null` also where there is no limit. */
  readonly limitBytes: Bytes | null
  readonly evictionsPerSecond: number | null
}

export function readStores(stores: Iterable<MemoryStore>): StoreReadings {
  return new Map(Array.from(stores, (store) => [store, store.usage()]))
}

/** `undefined` seconds: there is nothing to compare with. */
export function storeFigures(
  now: readonly MemoryUsage[],
  before: readonly MemoryUsage[],
  seconds: Seconds | undefined,
): StoreFigures {
  const bytes = total(now, (one) => one.bytes)
  const limitBytes = finite(total(now, (one) => one.maxBytes) ?? undefined)
  const evictions = total(now, (one) => one.evictions)
  const earlier = total(before, (one) => one.evictions)
  const isComparable = seconds !== undefined && evictions !== null && earlier !== null
  return {
    items: total(now, (one) => one.entries),
    memoryRatio: ratio(bytes, limitBytes),
    bytes,
    limitBytes,
    evictionsPerSecond: isComparable ? (evictions - earlier) / seconds : null,
  }
}

function total(usages: readonly MemoryUsage[], of: (usage: MemoryUsage) => number): number | null {
  return usages.length === 0 ? null : usages.reduce((sum, usage) => sum + of(usage), 0)
}
