import type { Clock } from '../clock.ts'
import type { Found } from './backend.ts'
import type { Computing } from './computing.ts'
import { FailureMemory } from './failure-memory.ts'
import { isSamePolicy, type Policy } from './policy.ts'
import { RefreshAhead } from './refresh-ahead.ts'
import { SingleFlight } from './single-flight.ts'

/** What this process is doing, or has just done, to compute the keys of one cache. */
export class Flights {
  /** Callers who read a key at the same time and take the same for an answer. */
  readonly calls: SingleFlight<Policy> = new SingleFlight(isSamePolicy)
  /** Computations that just failed. */
  readonly failures: FailureMemory
  /** Who tried to refresh what is soon due. */
  readonly ahead: RefreshAhead
  readonly #computing = new Map<string, Computing>()

  constructor(clock: Clock) {
    this.failures = new FailureMemory(clock)
    this.ahead = new RefreshAhead(clock)
  }

  /** The computation of a key that is under way here, to be joined at once, and stored. */
  computing(key: string): Computing | undefined {
    return this.#computing.get(key)
  }

  start(key: string, computing: Computing): void {
    this.#computing.set(key, computing)
  }

  end(key: string, computing: Computing): void {
    if (this.#computing.get(key) === computing) this.#computing.delete(key)
  }

  /** Who asks for the right to refresh a key ahead: not who computes it here, and has the right. */
  dueFor(key: string, { refreshAhead, leaseFor }: Policy): ((found: Found) => boolean) | undefined {
    if (refreshAhead === undefined) return undefined
    return (found) =>
      !this.#computing.has(key) && this.ahead.claim(key, found, refreshAhead, leaseFor)
  }

  /** Makes later callers start anew: what runs began before the key was written. */
  forget(key: string): void {
    this.calls.forget(key)
    this.#computing.delete(key)
  }

  forgetAll(): void {
    this.calls.forgetAll()
    this.#computing.clear()
  }
}
