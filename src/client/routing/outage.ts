import { publishOutage } from '../../channels.ts'
import { type CacheError, isOutage } from '../../errors.ts'
import type { Resort, Settled } from './pending-call.ts'

/** What a client does about outages. */
export type OnFailure = 'miss' | 'throw'

/** What a call gives where its server is out: a miss in its own words. */
export class Instead<T> implements Resort<T> {
  readonly #operation: string
  readonly #value: T

  /** `operation` is for `reprise:error`. */
  constructor(operation: string, value: T) {
    this.#operation = operation
    this.#value = value
  }

  meet(call: Settled<T>, error: unknown): boolean {
    if (!isOutage(error)) return false
    publishOutage(error, this.#operation)
    call.resolve(this.#value)
    return true
  }

  /** Gives the miss for what a call rejected with. Rethrows what is no outage, or an abort. */
  of(error: unknown, signal: AbortSignal | undefined): T {
    if (!isOutage(error) || isAbort(error, signal)) throw error
    publishOutage(error, this.#operation)
    return this.#value
  }
}

/** The failures of one call for many keys. Each server's outage is told once. */
export class Failures {
  readonly #operation: string
  readonly #signal: AbortSignal | undefined
  readonly #hidesOutages: boolean
  #outages: Map<string | undefined, CacheError> | undefined
  #error: unknown

  constructor(operation: string, onFailure: OnFailure, signal: AbortSignal | undefined) {
    this.#operation = operation
    this.#hidesOutages = onFailure === 'miss'
    this.#signal = signal
  }

  note(error: unknown): void {
    if (!this.#hidesOutages || !isOutage(error) || isAbort(error, this.#signal)) {
      this.#error ??= error
    } else {
      this.#outages ??= new Map()
      if (!this.#outages.has(error.server)) this.#outages.set(error.server, error)
    }
  }

  /** Throws the first that the caller is not spared. */
  check(): void {
    if (this.#error !== undefined) throw this.#error
  }

  /** As `check`, and publishes the others: once all is settled. */
  settle(): void {
    this.check()
    for (const error of this.#outages?.values() ?? []) publishOutage(error, this.#operation)
  }
}

/** Whether the caller gave up: never a miss, whatever its reason looks like. */
function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error === signal.reason
}
