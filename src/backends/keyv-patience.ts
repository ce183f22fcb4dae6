import type { Clock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { Milliseconds, Seconds } from '../units.ts'

/** A moment of the monotonic clock, by which an operation has to end. */
export type Deadline = Milliseconds

/** Is told of a call that was not answered in time, to know when it is. */
export type OnLate = (settled: Promise<unknown>) => void

const LATE = Symbol('late')

/**
 * How long a store is waited for. One that did not answer in time is asked by one call at a time
 * until it answers: the others are told at once, so that what it owes stays small.
 */
export class KeyvPatience {
  readonly #clock: Clock
  readonly #timeoutMs: Milliseconds
  /** A call was not answered in time, and none was answered since. */
  #isSilent = false
  #isProbing = false

  constructor(timeoutMs: Milliseconds, clock: Clock) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** As long as any operation may take. */
  get timeout(): Seconds {
    return this.#timeoutMs / 1000
  }

  deadline(): Deadline {
    return this.#clock.monotonic() + this.#timeoutMs
  }

  /** Calls the store. Rejects with `ERR_TIMEOUT` what it does not answer in time. */
  async call<T>(
    operation: string,
    deadline: Deadline,
    run: () => Promise<T>,
    onLate?: OnLate,
  ): Promise<T> {
    if (this.#isSilent && this.#isProbing) throw this.error('no', 'it has not answered since')
    const isProbe = this.#isSilent
    if (isProbe) this.#isProbing = true
    try {
      const running = this.#run(run)
      const result = await this.#within(running, deadline)
      if (result !== LATE) return result
      this.#isSilent = true
      onLate?.(running)
      throw this.error('unknown', `\`${operation}\` was not answered`)
    } finally {
      if (isProbe) this.#isProbing = false
    }
  }

  /** Rejects what waits for its turn for too long. */
  async turn<T>(waiting: Promise<T>, deadline: Deadline): Promise<T> {
    const result = await this.#within(waiting, deadline)
    if (result === LATE) throw this.error('no', 'its turn did not come')
    return result
  }

  error(applied: 'no' | 'unknown', why: string): CacheError {
    const message = `The Keyv store took more than ${this.#timeoutMs} ms (\`timeoutMs\`): ${why}.`
    return new CacheError('ERR_TIMEOUT', message, { applied })
  }

  /** An answer, however late and whatever it is, ends the silence. */
  async #run<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } finally {
      this.#isSilent = false
    }
  }

  async #within<T>(running: Promise<T>, deadline: Deadline): Promise<T | typeof LATE> {
    const leftMs = Math.max(0, deadline - this.#clock.monotonic())
    const done = new AbortController()
    const over = (): typeof LATE => LATE
    const late = this.#clock.sleep(leftMs, { ref: true, signal: done.signal }).then(over, over)
    try {
      return await Promise.race<T | typeof LATE>([running, late])
    } finally {
      done.abort()
    }
  }
}
