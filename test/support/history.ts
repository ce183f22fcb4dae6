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
  readonly kind: 'delete' | 'set' | 'add' | 'mark' | 'clear'
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

const CALLS = [
  'getOrSet',
  'getOrSet with forceFresh',
  'getOrSet with staleWhileRevalidate',
  'getOrSet with softTimeoutMs',
] as const

/** Calls that share their runs with others of the same kind. */
export type Call = (typeof CALLS)[number]

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
  readonly #touches = new Map<string, { readonly startedAt: number; heldForAll: number }[]>()
  readonly #computations = new Map<string, Computation[]>()
  readonly #reads: Read[] = []
  readonly #flights = new Map<string, Flight>()

  /** Changes the "database". */
  change(key: string): void {
    this.#versions.set(key, this.#version(key) + 1)
  }

  /** Runs a write: a delete or `clear`, a `set` of what is handed over, or marking as stale. */
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
    // A `clear` is long, and ends what runs only when it is over.
    if (kind !== 'clear') this.#endFlights(key, process)
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

  /** Runs a `touch`: the value stays, but who refreshes it while it is fresh loses the lease. */
  async touch(key: string, run: () => Promise<unknown>): Promise<void> {
    const touch = { startedAt: this.#tick(), heldForAll: Infinity }
    list(this.#touches, key).push(touch)
    await run()
    touch.heldForAll = this.#tick()
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
    call: Call = takesStale ? 'getOrSet with staleWhileRevalidate' : 'getOrSet',
  ): Promise<void> {
    const id = flightId(key, process, call)
    // Who comes while another call of this process runs may share its read and its computation.
    const flight = this.#flights.get(id) ?? { readFrom: this.#tick(), callers: 0 }
    flight.callers += 1
    this.#flights.set(id, flight)
    const { readFrom } = flight
    try {
      const value = await run(() => this.#compute(key, process, readFrom, pause))
      this.#reads.push({ key, process, call, takesStale, readFrom, value })
    } finally {
      flight.callers -= 1
      if (flight.callers === 0 && this.#flights.get(id) === flight) this.#flights.delete(id)
    }
  }

  /** The same with a `getOrSetMany`, which no other call shares. */
  async readOrComputeMany(
    process: number,
    takesStale: boolean,
    pause: () => Promise<void>,
    run: (
      compute: (keys: string[]) => Promise<Map<string, Version>>,
    ) => Promise<ReadonlyMap<string, unknown>>,
  ): Promise<void> {
    const readFrom = this.#tick()
    const values = await run(async (keys) => {
      const computing = keys.map(async (key) => {
        return [key, await this.#compute(key, process, readFrom, pause)] as const
      })
      return new Map(await Promise.all(computing))
    })
    for (const [key, value] of values) {
      this.#reads.push({ key, process, call: 'getOrSetMany', takesStale, readFrom, value })
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

  /**
   * Computations of one key at a time, although no write can have cancelled the lease of one before
   * the other's was won. Either may be the earlier: the reply that tells of a lease may come after
   * that to somebody who won later, and a run for many keys begins when all have been read.
   */
  #twins(): string[] {
    return [...this.#computations].flatMap(([key, computations]) =>
      computations.flatMap((second, i) =>
        computations
          .slice(0, i)
          .filter((first) => first.endedAt > second.startedAt)
          .filter((first) => !this.#isCancelled(key, first, second.startedAt))
          .filter((first) => !this.#isCancelled(key, second, first.startedAt))
          .map(
            (first) =>
              `processes ${first.process} and ${second.process} computed ${key} at a time, from ${first.startedAt} and from ${second.startedAt}`,
          ),
      ),
    )
  }

  #isCancelled(key: string, { readFrom }: Computation, before: number): boolean {
    const cancels = [...list(this.#writes, key), ...list(this.#touches, key)]
    return cancels.some(({ startedAt, heldForAll }) => startedAt < before && heldForAll > readFrom)
  }

  #make(key: string, knows: number): Origin {
    const value = { key, id: this.#origins++, version: this.#version(key) }
    const origin = { value, knows }
    this.#values.set(value.id, origin)
    return origin
  }

  #endFlights(key: string, process: number): void {
    for (const call of CALLS) this.#flights.delete(flightId(key, process, call))
  }

  #version(key: string): number {
    return this.#versions.get(key) ?? 0
  }

  #tick(): number {
    this.#now += 1
    return this.#now
  }
}

function flightId(key: string, process: number, call: Call): string {
  return `${process} ${call} ${key}`
}

function list<T>(lists: Map<string, T[]>, key: string): T[] {
  const known = lists.get(key)
  if (known !== undefined) return known
  const made: T[] = []
  lists.set(key, made)
  return made
}
