import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type CacheContext,
  type ComputeContext,
  cacheChannel,
  computeChannel,
  type ErrorMessage,
} from '../channels.ts'
import type { Clock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import type { Latency } from './api/aliases.ts'
import { Histogram, RecentHistogram } from './histogram.ts'

// A method that nobody calls is no row; there are as many as `Cache` has methods.
const MAX_OPERATIONS = 50

/** What is known of one alias besides its {@link AliasCounts}. */
interface Kept {
  readonly operations: Map<string, RecentHistogram>
  readonly errors: Map<string, number>
  refused: number
  stale: number
  computations: number
  failedComputations: number
  computationMs: Milliseconds
}

export interface AliasDetails {
  readonly latencies: readonly Latency[]
  readonly errorsByCode: readonly { readonly code: string; readonly count: number }[]
  readonly refusedSinceStart: number
  readonly staleSinceStart: number
  readonly computations: number
  readonly failedComputations: number
  readonly meanComputationMs: Milliseconds | null
}

/** Times the calls of aliases and sorts their errors, until it is closed. */
export class AliasDetail {
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()
  /** When a call began. Weak: one that never ends is forgotten with its context. */
  readonly #begun = new WeakMap<object, Milliseconds>()
  readonly #subscriptions: (() => void)[]

  constructor(aliases: Iterable<string>, clock: Clock) {
    this.#clock = clock
    for (const alias of aliases) this.#kept.set(alias, nothing())
    const begin = (context: unknown): void => {
      this.#begun.set(context as object, clock.monotonic())
    }
    const endCall = (context: unknown): void => this.#endCall(context as CacheContext)
    const endCompute = (context: unknown): void => this.#endCompute(context as ComputeContext)
    const fail = (message: unknown): void => this.#fail(message as ErrorMessage)
    cacheChannel.start.subscribe(begin)
    cacheChannel.asyncEnd.subscribe(endCall)
    computeChannel.start.subscribe(begin)
    computeChannel.asyncEnd.subscribe(endCompute)
    subscribe('reprise:error', fail)
    this.#subscriptions = [
      () => cacheChannel.start.unsubscribe(begin),
      () => cacheChannel.asyncEnd.unsubscribe(endCall),
      () => computeChannel.start.unsubscribe(begin),
      () => computeChannel.asyncEnd.unsubscribe(endCompute),
      () => void unsubscribe('reprise:error', fail),
    ]
  }

  of(alias: string): AliasDetails {
    const kept = this.#kept.get(alias) ?? nothing()
    const { operations, errors, refused, stale, computations, failedComputations } = kept
    const parts = [...operations.values()].flatMap((histogram) => histogram.parts)
    return {
      latencies: [
        latencyOf('all', Histogram.sum(parts)),
        ...[...operations]
          .map(([operation, recent]) => latencyOf(operation, Histogram.sum(recent.parts)))
          .filter(({ calls }) => calls > 0)
          .sort((a, b) => b.calls - a.calls),
      ],
      errorsByCode: [...errors]
        .map(([code, count]) => ({ code, count }))
        .sort((a, b) => b.count - a.count),
      refusedSinceStart: refused,
      staleSinceStart: stale,
      computations,
      failedComputations,
      meanComputationMs: computations === 0 ? null : kept.computationMs / computations,
    }
  }

  close(): void {
    for (const end of this.#subscriptions) end()
  }

  #endCall(context: CacheContext): void {
    const kept = this.#kept.get(context.alias)
    const begun = this.#begun.get(context)
    if (kept === undefined || begun === undefined) return
    kept.refused += context.refused ?? 0
    kept.stale += context.stale ?? 0
    let histogram = kept.operations.get(context.operation)
    if (histogram === undefined) {
      if (kept.operations.size >= MAX_OPERATIONS) return
      histogram = new RecentHistogram(this.#clock)
      kept.operations.set(context.operation, histogram)
    }
    histogram.add(this.#clock.monotonic() - begun)
  }

  #endCompute(context: ComputeContext): void {
    const kept = this.#kept.get(context.alias)
    const begun = this.#begun.get(context)
    if (kept === undefined || begun === undefined) return
    kept.computations++
    if (context.error !== undefined) kept.failedComputations++
    kept.computationMs += this.#clock.monotonic() - begun
  }

  #fail({ alias, error }: ErrorMessage): void {
    const errors = alias === undefined ? undefined : this.#kept.get(alias)?.errors
    const code = CacheError.is(error) ? error.code : 'other'
    errors?.set(code, (errors.get(code) ?? 0) + 1)
  }
}

function nothing(): Kept {
  return {
    operations: new Map(),
    errors: new Map(),
    refused: 0,
    stale: 0,
    computations: 0,
    failedComputations: 0,
    computationMs: 0,
  }
}

function latencyOf(operation: string, histogram: Histogram): Latency {
  return {
    operation,
    calls: histogram.total,
    p50Ms: histogram.quantile(0.5),
    p95Ms: histogram.quantile(0.95),
    p99Ms: histogram.quantile(0.99),
  }
}
