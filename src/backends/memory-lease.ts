import type { LeaseToken } from '../cache/backend.ts'
import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'

interface Held extends LeaseToken {
  untilMs: Milliseconds
}

/** Who may compute which key, within one process. A key has one lease at a time. */
export class MemoryLeases {
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The lease on `key`, or `undefined` where somebody else has it. */
  win(key: string, leaseFor: Seconds): LeaseToken | undefined {
    if (this.#current(key) !== undefined) return undefined
    const token = { key, untilMs: this.#clock.monotonic() + leaseFor * 1000 }
    this.#held.set(key, token)
    return token
  }

  /** Whether it was still held; it is held longer then. */
  renew(token: LeaseToken, leaseFor: Seconds): boolean {
    const held = this.#current(token.key)
    if (held === undefined || held !== token) return false
    held.untilMs = this.#clock.monotonic() + leaseFor * 1000
    return true
  }

  /** Ends a lease. Whether it was still held. */
  end(token: LeaseToken): boolean {
    if (this.#current(token.key) !== token) return false
    this.#held.delete(token.key)
    return true
  }

  /** Ends whatever lease there is on `key`. Whether there was one. */
  cancel(key: string): boolean {
    const isHeld = this.#current(key) !== undefined
    this.#held.delete(key)
    return isHeld
  }

  /** Ends all leases on keys that start with `prefix`. */
  clear(prefix: string): void {
    for (const key of [...this.#held.keys()]) if (key.startsWith(prefix)) this.#held.delete(key)
  }

  #current(key: string): Held | undefined {
    const held = this.#held.get(key)
    if (held === undefined || this.#clock.monotonic() < held.untilMs) return held
    this.#held.delete(key)
    return undefined
  }
}
