import { onAbort } from './on-abort.ts'

interface Flight<Policy> {
  readonly policy: Policy
  readonly leaving: AbortController | undefined
  /** All who ever waited, for whom there must be copies. */
  joined: number
  /** Those who still wait. */
  waiting: number
  /**
   * Gone when it has ended: what lives as long as the map, or a moment longer, would take value and
   * callers with it into the old generation of the heap (a third of a hit on memcached).
   */
  result: Promise<unknown> | undefined
  /** Of the same key, and another policy. */
  next: Flight<Policy> | undefined
}

/** One caller's part in a flight. */
export interface Passenger<Policy, T> {
  readonly policy: Policy
  /** Ends this caller's waiting: it rejects with the signal's reason. */
  readonly signal: AbortSignal | undefined
  /**
   * Runs what the callers share. `leaving` aborts when none of them waits any longer; there is none
   * where the first one cannot leave.
   */
  start(leaving: AbortSignal | undefined): Promise<T>
  /** Called for each caller where there is more than one, before anybody got the result. */
  copy(value: T): T
}

/**
 * Lets overlapping runs for the same key share one, if their policies are the same: the first runs,
 * the others get its result, or its failure.
 */
export class SingleFlight<Policy> {
  readonly #isSame: (one: Policy, other: Policy) => boolean
  readonly #running = new Map<string, Flight<Policy>>()

  constructor(isSame: (one: Policy, other: Policy) => boolean) {
    this.#isSame = isSame
  }

  /** Runs `start`, unless such a run is under way, whose result it then waits for. */
  run<T>(key: string, passenger: Passenger<Policy, T>): Promise<T> {
    const first = this.#running.get(key)
    let flight = first
    while (flight !== undefined && !this.#isSame(flight.policy, passenger.policy)) {
      flight = flight.next
    }
    flight ??= this.#start(key, passenger, first)
    flight.joined++
    flight.waiting++
    return this.#ride(key, flight, passenger)
  }

  /** Makes later callers start anew. Those that joined already still get the old run's result. */
  forget(key: string): void {
    this.#running.delete(key)
  }

  forgetAll(): void {
    this.#running.clear()
  }

  #start<T>(
    key: string,
    passenger: Passenger<Policy, T>,
    next: Flight<Policy> | undefined,
  ): Flight<Policy> {
    const { policy, signal } = passenger
    // Who brings no signal stays to the end, and then nobody needs to know who leaves.
    const leaving = signal === undefined ? undefined : new AbortController()
    const running = passenger.start(leaving?.signal)
    const flight: Flight<Policy> = { policy, leaving, joined: 0, waiting: 0, result: running, next }
    this.#running.set(key, flight)
    return flight
  }

  #ride<T>(key: string, flight: Flight<Policy>, passenger: Passenger<Policy, T>): Promise<T> {
    const { signal } = passenger
    // Nobody joins after the first of these has run: the count is final here.
    const result = (flight.result as Promise<T>).then(
      (value) => {
        this.#end(key, flight)
        return flight.joined === 1 ? value : passenger.copy(value)
      },
      (error: unknown) => {
        this.#end(key, flight)
        throw error
      },
    )
    return signal === undefined ? result : this.#untilAborted(key, flight, result, signal)
  }

  #untilAborted<T>(
    key: string,
    flight: Flight<Policy>,
    result: Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const forget = onAbort(signal, () => {
        reject(signal.reason)
        flight.waiting--
        if (flight.waiting > 0) return
        this.#remove(key, flight)
        flight.leaving?.abort(signal.reason)
      })
      void result.then(resolve, reject).finally(forget)
    })
  }

  #end(key: string, flight: Flight<Policy>): void {
    if (flight.result === undefined) return
    flight.result = undefined
    this.#remove(key, flight)
  }

  #remove(key: string, flight: Flight<Policy>): void {
    let before = this.#running.get(key)
    if (before === flight) {
      if (flight.next === undefined) this.#running.delete(key)
      else this.#running.set(key, flight.next)
      return
    }
    while (before !== undefined && before.next !== flight) before = before.next
    if (before !== undefined) before.next = flight.next
  }
}
