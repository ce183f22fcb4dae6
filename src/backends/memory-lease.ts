import type { LeaseToken } from '../cache/backend.ts'
import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'

interface Held extends LeaseToken {
  untilMs: Milliseconds
  /** Nobody's: the last holder failed, and asked to leave the key for a while. */
  readonly hasFailed: boolean
}

// Below that many it is not worth while to look for leases that have ended.
const SWEEP_FROM = 1000

/** Who may compute which key, within one process. A key has one lease at a time. */
export class MemoryLeases {
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  #sweepAt = SWEEP_FROM

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many are remembered, be they over. */
  get size(): number {
    return this.#held.size
  }

  /** The lease on `key`, or `undefined` where somebody else has it or the last who had it failed. */
  win(key: string, leaseFor: Seconds): LeaseToken | undefined {
    if (this.#current(key) !== undefined) return undefined
    return this.#hold(key, leaseFor, false)
  }

  /** Whether the last holder failed, and asked to leave the key for a while that is not over. */
  hasFailed(key: string): boolean {
    return this.#current(key)?.hasFailed === true
  }

  /** Whether it was still held; it is held longer then. */
  renew(token: LeaseToken, leaseFor: Seconds): boolean {
    const held = this.#current(token.key)
    if (held === undefined || held !== token) return false
    held.untilMs = this.#end(leaseFor)
    return true
  }

  /** Ends a lease. Whether it was still held. */
  end(token: LeaseToken): boolean {
    if (this.#current(token.key) !== token) return false
    this.#held.delete(token.key)
    return true
  }

  /** Ends a lease, and gives the key to nobody for `seconds`. */
  backOff(token: LeaseToken, seconds: Seconds): void {
    if (this.end(token) && seconds > 0) this.#hold(token.key, seconds, true)
  }

  /** Ends whatever lease there is on `key`. Whether somebody held one. */
  cancel(key: string): boolean {
    if (this.#held.size === 0) return false
    const held = this.#current(key)
    this.#held.delete(key)
    return held !== undefined && !held.hasFailed
  }

  /** Ends all leases on keys that start with `prefix`. */
  clear(prefix: string): void {
    for (const key of [...this.#held.keys()]) if (key.startsWith(prefix)) this.#held.delete(key)
  }

  #hold(key: string, seconds: Seconds, hasFailed: boolean): LeaseToken {
    const held = { key, untilMs: this.#end(seconds), hasFailed }
    this.#held.set(key, held)
    if (this.#held.size >= this.#sweepAt) this.#sweep()
    return held
  }

  /** Nobody may ever ask for a key again whose last computation failed or hung. */
  #sweep(): void {
    for (const key of [...this.#held.keys()]) this.#current(key)
    this.#sweepAt = Math.max(SWEEP_FROM, 2 * this.#held.size)
  }

  #end(seconds: Seconds): Milliseconds {
    return this.#clock.monotonic() + seconds * 1000
  }

  #current(key: string): Held | undefined {
    const held = this.#held.get(key)
    if (held === undefined || this.#clock.monotonic() < held.untilMs) return held
    this.#held.delete(key)
    return undefined
  }
}
