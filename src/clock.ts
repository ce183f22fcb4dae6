/**
 * The only reader of time. Everything else asks a {@link Clock}, so that a test can move it.
 *
 * @module
 */

import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { Milliseconds } from './units.ts'

/** Where the package takes the time from. `reprise/testing` has one that moves when it is told to. */
export interface Clock {
  /** Wall-clock time since the epoch: what is written into entries. It may jump. */
  now(): Milliseconds
  /** Time since some start: what intervals and deadlines are measured with. It never jumps. */
  monotonic(): Milliseconds
  /**
   * Resolves after `ms`. With `ref` it keeps the process alive: for what somebody waits for. When
   * `signal` is aborted nobody waits any longer: it may end its timer, and reject.
   */
  sleep(
    ms: Milliseconds,
    options?: { readonly ref?: boolean; readonly signal?: AbortSignal },
  ): Promise<void>
}

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (
    ms: Milliseconds,
    { ref = false, signal }: { readonly ref?: boolean; readonly signal?: AbortSignal } = {},
  ) => delay(ms, undefined, signal === undefined ? { ref } : { ref, signal }),
})
