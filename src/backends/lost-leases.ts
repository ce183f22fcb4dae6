import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'

// Of keys. More are lost in one outage only where nothing waits for a lease that ends by itself.
const LIMIT = 1000

/**
 * The keys whose lease this process may have won without hearing of it: the reply was lost. Its own
 * next reader takes such a lease over, which else keeps everybody waiting until it ends.
 */
export class LostLeases {
  readonly #clock: Clock
  /** Until when, by the monotonic clock. */
  readonly #ends = new Map<string, Milliseconds>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(key: string, leaseFor: Seconds): void {
    this.#ends.delete(key)
    this.#ends.set(key, this.#clock.monotonic() + leaseFor * 1000)
    if (this.#ends.size <= LIMIT) return
    const [oldest] = this.#ends.keys()
    if (oldest !== undefined) this.#ends.delete(oldest)
  }

  /** Whether the lease on `key` may be this process's. It is told once. */
  take(key: string): boolean {
    if (this.#ends.size === 0) return false
    const end = this.#ends.get(key)
    this.#ends.delete(key)
    return end !== undefined && this.#clock.monotonic() < end
  }
}
