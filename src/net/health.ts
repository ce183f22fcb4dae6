import { publishServer } from '../channels.ts'
import type { Clock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import { backoffMs } from './backoff.ts'

// A connection that lasted so long was a good one: its end is news, not one more failure, and the
// next command may reconnect at once. Connects stay under 5 a second either way.
const PROVEN: Milliseconds = 1000

/** When a server may be tried, and what the `reprise:server` channel hears of it. */
export class Health {
  readonly #server: string
  readonly #clock: Clock
  readonly #random: () => number
  readonly #wentDown: () => void
  #failures = 0
  #retryAt: Milliseconds = 0
  #openedAt: Milliseconds = 0
  #openings = 0
  #probing = false
  #state: 'unknown' | 'up' | 'down' | 'probing' = 'unknown'
  #lastError: CacheError | undefined

  /** `wentDown` is called whenever it stops being usable. */
  constructor(server: string, clock: Clock, random: () => number, wentDown: () => void = () => {}) {
    this.#server = server
    this.#clock = clock
    this.#random = random
    this.#wentDown = wentDown
  }

  /** Why the server is left alone now, or by all but one that probes it; `undefined`: try it. */
  get downFor(): CacheError | undefined {
    if (this.#lastError === undefined || this.#probing) return this.#lastError
    return this.#clock.monotonic() < this.#retryAt ? this.#lastError : undefined
  }

  /** How often a connection was opened. */
  get openings(): number {
    return this.#openings
  }

  /** A connection is being opened. Returns whether it is a probe of a server that failed. */
  trying(): boolean {
    if (this.#lastError === undefined) return false
    this.#probing = true
    this.#become('probing')
    return true
  }

  opened(): void {
    this.#probing = false
    this.#openings++
    this.#openedAt = this.#clock.monotonic()
    this.#lastError = undefined
    this.#become('up')
  }

  /** `undefined`: the server greeted and closed. */
  failedToOpen(error: CacheError | undefined): void {
    this.#fail(error ?? this.#hungUp())
  }

  /** `undefined`: the server closed while nothing was in flight, as with `idle_timeout`. */
  lost(error: CacheError | undefined): void {
    if (this.#clock.monotonic() - this.#openedAt < PROVEN) {
      this.#fail(error ?? this.#hungUp())
      return
    }
    this.#failures = 0
    // A server that does not answer would cost the next commands a whole timeout again.
    if (error?.code === 'ERR_TIMEOUT') this.#fail(error)
    else if (error !== undefined) this.#become('down', error)
  }

  #fail(error: CacheError): void {
    this.#probing = false
    this.#failures++
    this.#lastError = error
    this.#retryAt = this.#clock.monotonic() + backoffMs(this.#failures, this.#random())
    this.#become('down', error)
  }

  #hungUp(): CacheError {
    return new CacheError('ERR_CONNECTION', `The server ${this.#server} hung up.`)
  }

  #become(state: 'up' | 'down' | 'probing', error?: CacheError): void {
    if (this.#state === state) return
    this.#state = state
    publishServer(
      error === undefined
        ? { server: this.#server, state }
        : { server: this.#server, state, error },
    )
    if (state === 'down') this.#wentDown()
  }
}
