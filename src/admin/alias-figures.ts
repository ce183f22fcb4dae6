import type { Seconds } from '../units.ts'
import { ratio } from './figures.ts'

/** What was asked of an alias by this process, so far. Keys, not calls. */
export interface AliasCounts {
  readonly hits: number
  readonly stale: number
  readonly misses: number
  /** Reads that rejected: whether something was there is not known. */
  readonly failed: number
  readonly sets: number
  /** Failures of any kind, also those that were shown as a miss. Calls, not keys. */
  readonly errors: number
}

/** The figures of one alias, or of all together, over some seconds. `null`: nothing to say. */
export interface AliasTraffic {
  /** Fresh hits of all reads: a stale answer, a miss and a failed read are not hits. */
  readonly hitRatio: number | null
  readonly getsPerSecond: number | null
  readonly setsPerSecond: number | null
  /** Gets and sets. */
  readonly operationsPerSecond: number | null
  readonly stalePerSecond: number | null
  readonly errors: number | null
}

export const NO_COUNTS: AliasCounts = Object.freeze({
  hits: 0,
  stale: 0,
  misses: 0,
  failed: 0,
  sets: 0,
  errors: 0,
})

/** Adds up, for the total over aliases. */
export function addCounts(a: AliasCounts, b: AliasCounts): AliasCounts {
  return combine(a, b, (x, y) => x + y)
}

/** What came between; the counters of a process never go back. */
export function countsBetween(before: AliasCounts, after: AliasCounts): AliasCounts {
  return combine(after, before, (x, y) => x - y)
}

/** `undefined` seconds: there is only one sample yet. */
export function aliasTraffic(counts: AliasCounts, seconds: Seconds | undefined): AliasTraffic {
  const per = (count: number) => (seconds === undefined ? null : count / seconds)
  return {
    hitRatio: seconds === undefined ? null : aliasHitRatio(counts),
    getsPerSecond: per(reads(counts)),
    setsPerSecond: per(counts.sets),
    operationsPerSecond: per(reads(counts) + counts.sets),
    stalePerSecond: per(counts.stale),
    errors: seconds === undefined ? null : counts.errors,
  }
}

export function aliasHitRatio(counts: AliasCounts): number | null {
  return ratio(counts.hits, reads(counts))
}

function reads({ hits, stale, misses, failed }: AliasCounts): number {
  return hits + stale + misses + failed
}

function combine(
  a: AliasCounts,
  b: AliasCounts,
  of: (x: number, y: number) => number,
): AliasCounts {
  return {
    hits: of(a.hits, b.hits),
    stale: of(a.stale, b.stale),
    misses: of(a.misses, b.misses),
    failed: of(a.failed, b.failed),
    sets: of(a.sets, b.sets),
    errors: of(a.errors, b.errors),
  }
}
