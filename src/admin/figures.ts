/**
 * The figures of the dashboard and of `reprise stats`, as pure functions of counters.
 *
 * Two rules hold in all of them. A ratio without requests is `null` and shown as "–", never as 0 %.
 * Ratios are never averaged over servers: numerators and denominators are summed.
 *
 * @module
 */

import type { Bytes, Milliseconds, Seconds } from '../units.ts'
import type { Counters, Reading } from './counters.ts'

/** How much of each there was between two readings of one server process. */
export interface Interval {
  readonly seconds: Seconds
  readonly hits: number
  readonly misses: number
  readonly gets: number
  readonly sets: number
  readonly operations: number
  readonly evictions: number
}

/** What was asked of one server, or of several together. `null`: nothing to say. */
export interface Traffic {
  /** Hits of all gets that were answered. */
  readonly hitRatio: number | null
  readonly hits: number | null
  readonly misses: number | null
  readonly getsPerSecond: number | null
  readonly setsPerSecond: number | null
  readonly operationsPerSecond: number | null
  readonly evictionsPerSecond: number | null
}

/** How full one server is, or several together. `null`: nothing to say. */
export interface Occupancy {
  readonly items: number | null
  /** Pages taken, of the limit. Above 1 with a very small limit: each class has one page at least. */
  readonly memoryFull: number | null
  readonly memoryUsedBytes: Bytes | null
  readonly memoryLimitBytes: Bytes | null
  readonly connectionsFull: number | null
  readonly connections: number | null
  readonly connectionLimit: number | null
}

/** Why two readings of one server cannot be subtracted. */
export type Break = 'restarted' | 'reset'

const GROWING = ['hits', 'misses', 'gets', 'sets', 'operations', 'evictions'] as const

/**
 * How far `uptime` may fall behind the time that passed. It is whole seconds, and a server under
 * load was seen to lag by two; either reading may.
 */
const UPTIME_SLACK: Seconds = 5

/** Tells whether another process answers now, or the same one with counters set back. */
export function breakBetween(before: Reading, after: Reading): Break | undefined {
  if (before.counters === undefined || after.counters === undefined) return undefined
  const [old, now] = [before.counters, after.counters]
  if (now.pid !== old.pid || now.uptime < old.uptime) return 'restarted'
  // In a container every process is pid 1, and after a pause its uptime may have overtaken.
  const passed = (after.at - before.at) / 1000
  if (passed - (now.uptime - old.uptime) > UPTIME_SLACK) return 'restarted'
  return GROWING.some((name) => now[name] < old[name]) ? 'reset' : undefined
}

/** What happened between; `undefined` where one is missing or another process answered. */
export function intervalBetween(before: Reading | undefined, after: Reading): Interval | undefined {
  if (before?.counters === undefined || after.counters === undefined) return undefined
  if (after.at <= before.at || breakBetween(before, after) !== undefined) return undefined
  const [old, now] = [before.counters, after.counters]
  return {
    seconds: (after.at - before.at) / 1000,
    hits: now.hits - old.hits,
    misses: now.misses - old.misses,
    gets: now.gets - old.gets,
    sets: now.sets - old.sets,
    operations: now.operations - old.operations,
    evictions: now.evictions - old.evictions,
  }
}

/** One interval, or one of each server for their total. */
export function traffic(intervals: readonly Interval[]): Traffic {
  const hits = total(intervals, (one) => one.hits)
  const misses = total(intervals, (one) => one.misses)
  return {
    hitRatio: ratio(hits, sum(hits, misses)),
    hits,
    misses,
    getsPerSecond: total(intervals, (one) => one.gets / one.seconds),
    setsPerSecond: total(intervals, (one) => one.sets / one.seconds),
    operationsPerSecond: total(intervals, (one) => one.operations / one.seconds),
    evictionsPerSecond: total(intervals, (one) => one.evictions / one.seconds),
  }
}

/** One server's counters, or those of each server for their total. */
export function occupancy(counters: readonly Counters[]): Occupancy {
  const memoryUsedBytes = total(counters, (one) => one.memoryUsedBytes)
  const memoryLimitBytes = total(counters, (one) => one.memoryLimitBytes)
  const connections = total(counters, (one) => one.connections)
  const connectionLimit = total(counters, (one) => one.connectionLimit)
  return {
    items: total(counters, (one) => one.items),
    memoryFull: ratio(memoryUsedBytes, memoryLimitBytes),
    memoryUsedBytes,
    memoryLimitBytes,
    connectionsFull: ratio(connections, connectionLimit),
    connections,
    connectionLimit,
  }
}

/** The hit ratio of the server process since it started or since its counters were set back. */
export function hitRatioSinceStart(counters: Counters): number | null {
  return ratio(counters.hits, counters.hits + counters.misses)
}

/**
 * Chooses what to subtract from the last of `readings` (one server's, in time order): the oldest
 * reading of the same process that is at most `windowMs` old, or else the one before.
 */
export function baseline(
  readings: readonly Reading[],
  windowMs: Milliseconds,
): Reading | undefined {
  const after = readings.at(-1)
  let chosen: Reading | undefined
  for (const before of readings.slice(0, -1).reverse()) {
    if (after?.counters === undefined) return undefined
    // A round in between that failed does not matter: the counters went on.
    if (before.counters === undefined) continue
    if (breakBetween(before, after) !== undefined) break
    if (chosen !== undefined && before.at < after.at - windowMs) break
    chosen = before
  }
  return chosen
}

export function ratio(part: number | null, whole: number | null): number | null {
  if (part === null || whole === null || !(whole > 0)) return null
  return Number.isNaN(part) ? null : part / whole
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

function total<T>(parts: readonly T[], of: (part: T) => number): number | null {
  const sum = parts.reduce((so, part) => so + of(part), 0)
  return parts.length === 0 || Number.isNaN(sum) ? null : sum
}
