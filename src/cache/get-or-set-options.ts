import type { Duration, Milliseconds, Seconds } from '../units.ts'
import type { Storable } from './backend.ts'
import type { FillOptions } from './fill-options.ts'
import type { Version } from './keys.ts'
import type { Schema } from './standard-schema.ts'

/** How `getOrSet` and `getOrSetMany` read, compute and keep. */
export interface ComputeOptions extends FillOptions {
  /** Tags of the result, for `invalidateTags`. */
  readonly tags?: Iterable<string> | undefined
  /** Default: the alias's. */
  readonly version?: Version | undefined
  /** How long to wait for a computation in another process. Default: the alias's. */
  readonly waitMs?: Milliseconds | undefined
  /** Whole seconds. Default: the alias's. */
  readonly leaseFor?: Seconds | undefined
  /**
   * After a failure that an old value made good, nobody in the fleet computes for so long, counted
   * from the failure. 0: the next caller does.
   *
   * @default 10
   */
  readonly errorBackoff?: Duration | undefined
  /**
   * How long a caller waits who may have an old value, by `staleWhileRevalidate` or `staleIfError`:
   * after that it gets the old one, and the computation goes on. Without it one under
   * `staleWhileRevalidate` is given at once, and under `staleIfError` only after a failure.
   */
  readonly softTimeoutMs?: Milliseconds | undefined
  /**
   * How long a computation may take. Then its signal aborts, and it has failed with `ERR_TIMEOUT`.
   * Default: as long as it likes.
   */
  readonly hardTimeoutMs?: Milliseconds | undefined
  /**
   * Once this part of its lifetime is over, between 0 and 1, a value is refreshed in the background
   * by one caller of the fleet. Default: not before its end.
   */
  readonly refreshAhead?: number | undefined
  /**
   * Shortens each lifetime at random by up to this part of it, from 0 to below 1, so that what was
   * stored together does not end together.
   *
   * @default 0
   */
  readonly jitter?: number | undefined
  /** Lifetime where the result is `null`. Default: `ttl`. */
  readonly negativeTtl?: Duration | undefined
  /**
   * Computes also where a fresh value is there, which is then the computation's `old`.
   *
   * @default false
   */
  readonly forceFresh?: boolean | undefined
  /**
   * What values must look like, of any library that speaks Standard Schema. A cached value that does
   * not fit is a miss, a computed one is `ERR_VALUE_INVALID`. What was computed is stored; what the
   * schema makes of it is returned.
   */
  readonly schema?: Schema<Storable> | undefined
  /** Ends this caller's waiting. The computation goes on for the others, if there are any. */
  readonly signal?: AbortSignal | undefined
}

export interface GetOrSetManyOptions extends ComputeOptions {}

export interface GetOrSetOptions extends ComputeOptions {
  /** Returned where the computation fails and there is no old value to give. Never stored. */
  readonly default?: unknown
}

/** What `getOrSet` and `getOrSetMany` use where their options and the alias are silent. */
export const COMPUTE_DEFAULTS: Readonly<{
  errorBackoff: Seconds
  jitter: number
  forceFresh: boolean
}> = Object.freeze({ errorBackoff: 10, jitter: 0, forceFresh: false })
