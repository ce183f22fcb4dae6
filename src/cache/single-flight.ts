interface Flight {
  joiners: number
  readonly result: Promise<unknown>
}

/**
 * Lets overlapping runs of the same thing share one: the first runs, the others get its result, or
 * its failure.
 */
export class SingleFlight {
  readonly #running = new Map<string, Flight>()

  /**
   * Runs `start`, unless a run of `mode` and `key` is under way, whose result it then waits for.
   *
   * `copy` is called for each caller where there is more than one, so that none of them sees what
   * another does to its result. It is called before anybody got the result.
   */
  run<T>(mode: string, key: string, start: () => Promise<T>, copy: (value: T) => T): Promise<T> {
    const id = mode + key
    const running = this.#running.get(id)
    if (running !== undefined) {
      running.joiners++
      return (running.result as Promise<T>).then(copy)
    }
    const result = start().finally(() => {
      if (this.#running.get(id) === flight) this.#running.delete(id)
    })
    const flight: Flight = { joiners: 0, result }
    this.#running.set(id, flight)
    // Nobody joins after `finally`, which runs first: the count is final here.
    return result.then((value) => (flight.joiners === 0 ? value : copy(value)))
  }

  /** Makes later callers start anew. Those that joined already still get the old run's result. */
  forget(modes: readonly string[], key: string): void {
    if (this.#running.size === 0) return
    for (const mode of modes) this.#running.delete(mode + key)
  }

  forgetAll(): void {
    this.#running.clear()
  }
}
