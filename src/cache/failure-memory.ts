import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'

interface Failure {
  readonly error: unknown
  readonly untilMs: Milliseconds
}

// Each may hold on to what its error holds.
const MAX_FAILURES = 1000

/**
 * Why computations failed that are backed off from: for those who ask meanwhile and take no old
 * value, so that they do not compute in their turn.
 */
export class FailureMemory {
  readonly #clock: Clock
  readonly #failures = new Map<string, Failure>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  remember(key: string, error: unknown, backoff: Seconds): void {
    this.#failures.delete(key)
    this.#failures.set(key, { error, untilMs: this.#clock.monotonic() + backoff * 1000 })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MAX_FAILURES && oldest !== undefined) this.#failures.delete(oldest)
  }

  /** In an object, as the error itself may be `undefined`. */
  of(key: string): { readonly error: unknown } | undefined {
    const failure = this.#failures.get(key)
    if (failure === undefined || this.#clock.monotonic() < failure.untilMs) return failure
    this.#failures.delete(key)
    return undefined
  }
}
