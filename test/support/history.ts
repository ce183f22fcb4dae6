/** What a computation or a `set` puts under a key: each makes one that nobody else makes. */
export interface Version {
  readonly key: string
  readonly id: number
  /** Of the database, when it was read. */
  readonly version: number
}

interface Origin {
  readonly value: Version
  /** What the value knows of: all that had happened by then. */
  knows: number
}

interface Write {
  readonly kind: 'delete' | 'set' | 'add' | 'mark'
  readonly process: number
  readonly startedAt: number
  /** When it held for its own process: also if it failed, because a failed write is replayed. */
  heldFor: number
  /** When it held for everybody. */
  heldForAll: number
}

interface Computation {
  readonly process: number
  /** When its caller, or the one whose run that caller joined, began to read. */
  readonly readFrom: number
  readonly startedAt: number
  endedAt: number
}

interface Read {
  readonly key: string
  readonly process: number
  readonly call: string
  readonly takesStale: boolean
  readonly readFrom: number
  readonly value: unknown
}

interface Flight {
  readonly readFrom: number
  /** Who may still be joined: the run of the one who began it may be over before that of a later one. */
  callers: number
}

/**
 * Takes down what several processes did to shared keys, and tells what no correct cache can have
 * done. All of them live in one process of the machine, so one counter orders what happened.
 */
export class History {
  #now = 0
  #origins = 0
  readonly #versions = new Map<string, number>()
  readonly #values = new Map<number, Origin>()
  readonly #writes = new Map<string, Write[]>()
  readonly #computations = new Map<string, Computation[]>()
  readonly #reads: Read[] = []
  readonly #flights = new Map<string, Flight>()

  /** Changes the "database". */
  change(key: string): void {
    this.#versions.set(key, this.#version(key) + 1)
  }

  /** Runs a write: a delete, a `set` of what is handed over, or marking as stale. */
  async write(
    key: string,
    kind: Write['kind'],
    process: number,
    run: (value: Version) => Promise<unknown>,
  ): Promise<void> {
    const origin = this.#make(key, Infinity)
    const write: Write = {
      kind,
      process,
      startedAt: this.#tick(),
      heldFor: Infinity,
      heldForAll: Infinity,
    }
    list(this.#writes, key).push(write)
    // Not at the end as well, though the cache does so: between its end and ours a call may have
    // begun, whom later ones join. To take them for earlier than they are accuses nobody wrongly.
    this.#endFlights(key, process)
    try {
      const result = await run(origin.value)
      if (kind === 'add' && result === false) return
      write.heldForAll = this.#tick()
      origin.knows = write.heldForAll
      write.heldFor = this.#tick()
    } catch (error) {
      // Of an `add` that failed nobody knows whether it found something.
      if (kind !== 'add') write.heldFor = this.#tick()
      throw error
    }
  }

  /** Runs a `get`, or whatever else reads and does not compute. */
  async read(
    key: string,
    process: number,
    takesStale: boolean,
    run: () => Promise<unknown>,
  ): Promise<void> {
    const readFrom = this.#tick()
    const value = await run()
    const call = takesStale ? 'get with allowStale' : 'get'
    if (value !== undefined) this.#reads.push({ key, process, call, takesStale, readFrom, value })
  }

  /** Runs a `getOrSet` whose computation reads the "database" at its start, and takes a while. */
  async readOrCompute(
    key: string,
    process: number,
    takesStale: boolean,
    pause: () => Promise<void>,
    run: (compute: () => Promise<Version>) => Promise<unknown>,
  ): Promise<void> {
    const id = flightId(key, process, takesStale)
    // Who comes while another call of this process runs may share its read and its computation.
    const flight = this.#flights.get(id) ?? { readFrom: this.#tick(), callers: 0 }
    flight.callers += 1
    this.#flights.set(id, flight)
    const { readFrom } = flight
    try {
      const value = await run(() => this.#compute(key, process, readFrom, pause))
      const call = takesStale ? 'getOrSet with staleWhileRevalidate' : 'getOrSet'
      this.#reads.push({ key, process, call, takesStale, readFrom, value })
    } finally {
      flight.callers -= 1
      if (flight.callers === 0 && this.#flights.get(id) === flight) this.#flights.delete(id)
    }
  }

  /** How many reads gave a value: a history of misses shows nothing. */
  get answers(): number {
    return this.#reads.length
  }

  /** What went wrong, in words. With faults a lease may be lost, and two may compute at once. */
  faults({ leasesMayBeLost = false }: { readonly leasesMayBeLost?: boolean } = {}): string[] {
    const faults = this.#reads.flatMap((read) => this.#faultOf(read) ?? [])
    return leasesMayBeLost ? faults : [...faults, ...this.#twins()]
  }

  async #compute(
    key: string,
    process: number,
    readFrom: number,
    pause: () => Promise<void>,
  ): Promise<Version> {
    const startedAt = this.#tick()
    const { value } = this.#make(key, startedAt)
    const computation = { process, readFrom, startedAt, endedAt: Infinity }
    list(this.#computations, key).push(computation)
    await pause()
    computation.endedAt = this.#tick()
    return value
  }

  #faultOf({ key, process, call, takesStale, readFrom, value }: Read): string | undefined {
    const found = value as Version
    const origin = this.#values.get(found?.id)
    const what = `process ${process}, ${call} of ${key}, read from ${readFrom}`
    if (origin === undefined || JSON.stringify(origin.value) !== JSON.stringify(found)) {
      return `${what}: nobody made ${JSON.stringify(value)}`
    }
    if (found.key !== key) return `${what}: the value of ${found.key}`
    const missed = list(this.#writes, key).find(
      (write) =>
        !(takesStale && write.kind === 'mark') &&
        write.startedAt > origin.knows &&
        (write.process === process ? write.heldFor : write.heldForAll) < readFrom,
    )
    if (missed === undefined) return undefined
    const { kind, startedAt, heldForAll } = missed
    return `${what}: a value that knows of nothing after ${origin.knows}, though process ${missed.process} did a ${kind} from ${startedAt} to ${heldForAll}`
  }

  /** Computations of one key at a time, although no write between had cancelled the first's lease. */
  #twins(): string[] {
    return [...this.#computations].flatMap(([key, computations]) =>
      computations.flatMap((second, i) =>
        computations
          .slice(0, i)
          .filter((first) => first.endedAt > second.startedAt)
          .filter((first) => !this.#isCancelled(key, first, second.startedAt))
          .map(
            (first) =>
              `processes ${first.process} and ${second.process} computed ${key} at a time, from ${first.startedAt} and from ${second.startedAt}`,
          ),
      ),
    )
  }

  #isCancelled(key: string, { readFrom }: Computation, before: number): boolean {
    return list(this.#writes, key).some(
      ({ startedAt, heldForAll }) => startedAt < before && heldForAll > readFrom,
    )
  }

  #make(key: string, knows: number): Origin {
    const value = { key, id: this.#origins++, version: this.#version(key) }
    const origin = { value, knows }
    this.#values.set(value.id, origin)
    return origin
  }

  #endFlights(key: string, process: number): void {
    for (const takesStale of [true, false]) {
      this.#flights.delete(flightId(key, process, takesStale))
    }
  }

  #version(key: string): number {
    return this.#versions.get(key) ?? 0
  }

  #tick(): number {
    this.#now += 1
    return this.#now
  }
}

function flightId(key: string, process: number, takesStale: boolean): string {
  return `${process} ${takesStale} ${key}`
}

function list<T>(lists: Map<string, T[]>, key: string): T[] {
  const known = lists.get(key)
  if (known !== undefined) return known
  const made: T[] = []
  lists.set(key, made)
  return made
}
