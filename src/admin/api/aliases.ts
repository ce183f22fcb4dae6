/**
 * What `GET api/aliases` answers: the caches as this process uses them.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../../units.ts'
import type { AliasOverview } from '../overview.ts'

/** How long the calls of one method took, in the last one to two minutes. */
export interface Latency {
  readonly operation: string
  readonly calls: number
  /** Each at most 10 % more than it was. `null`: nobody called. */
  readonly p50Ms: Milliseconds | null
  readonly p95Ms: Milliseconds | null
  readonly p99Ms: Milliseconds | null
}

export interface AliasReply extends AliasOverview {
  /** All methods together, then each by itself. */
  readonly latencies: readonly Latency[]
  /** Since the dashboard was made; failures that were shown as a miss are among them. */
  readonly errorsByCode: readonly { readonly code: string; readonly count: number }[]
  /** Writes that were refused: too large, not there, there already, or the lease was lost. */
  readonly refusedSinceStart: number
  readonly staleSinceStart: number
  /** Computations of `getOrSet` and the like, since the dashboard was made. */
  readonly computations: number
  readonly failedComputations: number
  readonly meanComputationMs: Milliseconds | null
}

export interface AliasesReply {
  readonly schemaVersion: 1
  readonly seconds: Seconds | null
  readonly aliases: readonly AliasReply[]
}
