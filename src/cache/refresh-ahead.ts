import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import type { Found } from './backend.ts'

/** An attempt of this process to get the right to refresh an entry. */
interface Attempt {
  /** When the computation of that entry started. */
  readonly bornMs: Milliseconds
  readonly ageMs: Milliseconds
  /** When the next attempt is due: whoever had the right may have died with it. */
  readonly untilMs: Milliseconds
}

const MAX_ATTEMPTS = 10_000

/** Decides who asks for the right to refresh a value before its end: one reader of this process. */
export class RefreshAhead {
  readonly #clock: Clock
  #attempts: LRUCache<string, Attempt> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Whether whoever read `found` is to ask for it: the `part` of its lifetime is over, and nobody
   * here has asked for this entry within the length of a lease.
   */
  isDue(key: string, found: Found, part: number): boolean {
    if (!isPast(found, part)) return false
    const last = this.#attempts?.get(key)
    const nowMs = this.#clock.monotonic()
    return last === undefined || nowMs >= last.untilMs || !isSameEntry(last, nowMs - found.ageMs)
  }

  /** As {@link RefreshAhead.isDue}; who is told so asks, and nobody else here does. */
  claim(key: string, found: Found, part: number, leaseFor: Seconds): boolean {
    if (!this.isDue(key, found, part)) return false
    const nowMs = this.#clock.monotonic()
    const { ageMs = 0 } = found
    this.#attempts ??= new LRUCache({ max: MAX_ATTEMPTS })
    this.#attempts.set(key, { bornMs: nowMs - ageMs, ageMs, untilMs: nowMs + leaseFor * 1000 })
    return true
  }
}

function isPast(found: Found, part: number): found is Found & { readonly ageMs: Milliseconds } {
  const { ageMs, ttlLeft } = found
  if (ageMs === undefined || ttlLeft === undefined || ttlLeft === Infinity) return false
  return ageMs >= part * (ageMs + ttlLeft * 1000)
}

/**
 * Entries carry no number. But the next one was begun when this one was due, so it is younger by
 * about the age that this one had: far more than clocks and a busy process are off.
 */
function isSameEntry(last: Attempt, bornMs: Milliseconds): boolean {
  return Math.abs(bornMs - last.bornMs) <= last.ageMs / 2
}
