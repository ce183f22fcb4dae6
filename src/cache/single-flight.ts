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
  readonly slot: Slot<Policy>
  /** Of the same key, and another policy. */
  next: Flight<Policy> | undefined
}

/** Where the flights of a key begin. It stays when they have ended. */
interface Slot<Policy> {
  first: Flight<Policy> | undefined
}

/** So many keys have a place of their own before those without a flight lose it. */
const FEWEST_PLACES = 10_000

/** One caller's part in a flight. */
export interface Passenger<Policy, T, Given = T> {
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
  /** What this caller is given for it. Absent: the same. */
  give?(value: T): Given
}

/**
 * Lets overlapping runs for the same key share one, if their policies are the same: the first runs,
 * the others get its result, or its failure.
 */
export class SingleFlight<Policy> {
  readonly #isSame: (one: Policy, other: Policy) => boolean
  /**
   * By key. A map from which keys go as soon as their flights end is made anew all the time, and what
   * it leaves behind among the old objects keeps flights, values and callers alive until all of the heap is
   * collected (`bench/frameworks.mjs`).
   */
  #slots = new Map<string, Slot<Policy>>()
  #places = FEWEST_PLACES

  constructor(isSame: (one: Policy, other: Policy) => boolean) {
    this.#isSame = isSame
  }

  /** Runs `start`, unless such a run is under way, whose result it then waits for. */
  run<T, Given = T>(key: string, passenger: Passenger<Policy, T, Given>): Promise<Given> {
    const slot = this.#slots.get(key) ?? this.#place(key)
    let flight = slot.first
    while (flight !== undefined && !this.#isSame(flight.policy, passenger.policy)) {
      flight = flight.next
    }
    flight ??= this.#start(slot, passenger)
    flight.joined++
    flight.waiting++
    return this.#ride(flight, passenger)
  }

  /** Makes later callers start anew. Those that joined already still get the old run's result. */
  forget(key: string): void {
    const slot = this.#slots.get(key)
    if (slot !== undefined) slot.first = undefined
  }

  forgetAll(): void {
    this.#slots = new Map()
  }

  #place(key: string): Slot<Policy> {
    if (this.#slots.size >= this.#places) this.#clear()
    const slot: Slot<Policy> = { first: undefined }
    this.#slots.set(key, slot)
    return slot
  }

  #clear(): void {
    this.#slots = new Map([...this.#slots].filter(([, slot]) => slot.first !== undefined))
    this.#places = Math.max(FEWEST_PLACES, 2 * this.#slots.size)
  }

  #start<T>(slot: Slot<Policy>, passenger: Passenger<Policy, T, unknown>): Flight<Policy> {
    const { policy, signal } = passenger
    // Who brings no signal stays to the end, and then nobody needs to know who leaves.
    const leaving = signal === undefined ? undefined : new AbortController()
    const running = passenger.start(leaving?.signal)
    const flight: Flight<Policy> = {
      policy,
      leaving,
      joined: 0,
      waiting: 0,
      result: running,
      slot,
      // Behind `start`, which may have begun others.
      next: slot.first,
    }
    slot.first = flight
    return flight
  }

  #ride<T, Given>(flight: Flight<Policy>, passenger: Passenger<Policy, T, Given>): Promise<Given> {
    const { signal } = passenger
    // Nobody joins after the first of these has run: the count is final here.
    const result = (flight.result as Promise<T>).then(
      (value) => {
        end(flight)
        const own = flight.joined === 1 ? value : passenger.copy(value)
        return passenger.give === undefined ? (own as unknown as Given) : passenger.give(own)
      },
      (error: unknown) => {
        end(flight)
        throw error
      },
    )
    return signal === undefined ? result : this.#untilAborted(flight, result, signal)
  }

  #untilAborted<T>(flight: Flight<Policy>, result: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const forget = onAbort(signal, () => {
        reject(signal.reason)
        flight.waiting--
        if (flight.waiting > 0) return
        remove(flight)
        flight.leaving?.abort(signal.reason)
      })
      void result.then(resolve, reject).finally(forget)
    })
  }
}

function end<Policy>(flight: Flight<Policy>): void {
  if (flight.result === undefined) return
  flight.result = undefined
  remove(flight)
}

function remove<Policy>(flight: Flight<Policy>): void {
  const { slot } = flight
  if (slot.first === flight) {
    slot.first = flight.next
    return
  }
  let before = slot.first
  while (before !== undefined && before.next !== flight) before = before.next
  if (before !== undefined) before.next = flight.next
}
