import type { Milliseconds } from '../units.ts'
import {
  type AliasCounts,
  addCounts,
  aliasTraffic,
  countsBetween,
  NO_COUNTS,
} from './alias-figures.ts'
import type { Reading } from './counters.ts'
import { type Break, intervalBetween, occupancy, traffic } from './figures.ts'
import { type StoreReadings, storeFigures } from './store-figures.ts'

/** Every server and every alias at one moment. */
export interface Round {
  /** Monotonic; intervals are measured with it. */
  readonly at: Milliseconds
  /** Since the epoch; shown to people. */
  readonly wallMs: Milliseconds
  /** The same servers in the same order in every round. */
  readonly servers: readonly Reading[]
  readonly aliases: ReadonlyMap<string, AliasCounts>
  /** The same stores in every round. */
  readonly stores: StoreReadings
}

/** One sample in a curve. `null`: the curve is broken here. */
export interface HistoryPoint {
  readonly atMs: Milliseconds
  /** Of all servers together. */
  readonly hitRatio: number | null
  /** Of all aliases together, as this process saw it. */
  readonly applicationHitRatio: number | null
  readonly operationsPerSecond: number | null
  readonly evictionsPerSecond: number | null
  readonly memoryFull: number | null
  /** Gets and sets of all aliases together. */
  readonly applicationOperationsPerSecond: number | null
  /** Of all stores in this process together, as is the next. */
  readonly applicationEvictionsPerSecond: number | null
  readonly applicationMemoryRatio: number | null
  /** Operations per second of each server, in the order of `servers`. */
  readonly servers: readonly (number | null)[]
}

/** A round, and how the curves go on with it. */
export interface Sample extends Round {
  readonly point: HistoryPoint
}

/** Another process answered under a server's name, or its counters were set back. */
export interface Marker {
  readonly wallMs: Milliseconds
  readonly server: string
  readonly kind: Break
}

/**
 * A sampler that was not looked at makes no rounds; what came between two looks is one interval,
 * which a curve over seconds cannot show. This many missed rounds break it.
 */
const MISSED_ROUNDS = 3

export function historyPoint(
  before: Round | undefined,
  round: Round,
  sampleMs: Milliseconds,
): HistoryPoint {
  const near = before !== undefined && round.at - before.at <= MISSED_ROUNDS * sampleMs
  const intervals = round.servers.map((reading, i) => {
    return near ? intervalBetween(before.servers[i], reading) : undefined
  })
  const all = traffic(intervals.flatMap((interval) => interval ?? []))
  const counts = [...round.aliases.values()].reduce(addCounts, NO_COUNTS)
  const seconds = near ? (round.at - before.at) / 1000 : undefined
  const then = near ? [...before.aliases.values()].reduce(addCounts, NO_COUNTS) : counts
  const application = aliasTraffic(countsBetween(then, counts), seconds)
  const storesBefore = near ? [...before.stores.values()] : []
  const stores = storeFigures([...round.stores.values()], storesBefore, seconds)
  return {
    atMs: round.wallMs,
    hitRatio: all.hitRatio,
    applicationHitRatio: application.hitRatio,
    operationsPerSecond: all.operationsPerSecond,
    evictionsPerSecond: all.evictionsPerSecond,
    memoryFull: occupancy(round.servers.flatMap(({ counters }) => counters ?? [])).memoryFull,
    applicationOperationsPerSecond: application.operationsPerSecond,
    applicationEvictionsPerSecond: stores.evictionsPerSecond,
    applicationMemoryRatio: stores.memoryRatio,
    servers: intervals.map((interval) =>
      interval === undefined ? null : traffic([interval]).operationsPerSecond,
    ),
  }
}
