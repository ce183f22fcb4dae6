import type { Clock } from '../clock.ts'
import type { Backend, Found } from './backend.ts'
import { newVersion, type ReadVersions, TAG_TTL, versionOf } from './tags.ts'

/** What came of reading tags. With a `failure` some of the keys may be absent from `versions`. */
export interface TagRead {
  readonly versions: ReadVersions
  readonly failure: { readonly error: unknown } | undefined
}

/** `shared` is told when there is an answer, by a field: a promise for that would be one more for each. */
type Run = (keys: readonly string[], shared: Shared) => Promise<TagRead>

interface Shared {
  read: Promise<TagRead>
  isSettled: boolean
}

/** What is told of a read before it has begun. */
const UNREAD: Promise<TagRead> = Promise.resolve({ versions: new Map(), failure: undefined })

/**
 * Shares what is asked for within one turn of the event loop, until it is answered.
 *
 * No longer: who asks later may know of an invalidation that an older answer does not.
 */
class Turn {
  readonly #run: Run
  #running: Map<string, Shared> | undefined
  /** What was asked for last, while nobody else asked for a part of it before. */
  #lastKeys: readonly string[] | undefined
  #last: Shared | undefined

  constructor(run: Run) {
    this.#run = run
  }

  ask(keys: readonly string[]): Promise<TagRead> {
    const running = this.#current()
    const last = this.#last
    if (last !== undefined && keys === this.#lastKeys && !last.isSettled) return last.read
    const fresh: string[] = []
    const reads: Promise<TagRead>[] = []
    for (const key of keys) {
      const shared = running.get(key)
      if (shared === undefined || shared.isSettled) fresh.push(key)
      else if (!reads.includes(shared.read)) reads.push(shared.read)
    }
    if (fresh.length === keys.length) return this.#start(keys, running)
    if (fresh.length > 0) reads.push(this.#start(fresh, running))
    const [only] = reads
    return reads.length === 1 && only !== undefined ? only : joined(reads)
  }

  forget(): void {
    this.#running = undefined
    this.#last = undefined
    this.#lastKeys = undefined
  }

  #start(keys: readonly string[], running: Map<string, Shared>): Promise<TagRead> {
    const shared: Shared = { read: UNREAD, isSettled: false }
    shared.read = this.#run(keys, shared)
    for (const key of keys) running.set(key, shared)
    this.#lastKeys = keys
    this.#last = shared
    return shared.read
  }

  #current(): Map<string, Shared> {
    if (this.#running !== undefined) return this.#running
    const running = new Map<string, Shared>()
    this.#running = running
    // Before the commands of this turn leave, or right behind them.
    setImmediate(() => {
      if (this.#running === running) this.forget()
    })
    return running
  }
}

async function joined(reads: Iterable<Promise<TagRead>>): Promise<TagRead> {
  const all = await Promise.all(reads)
  const versions = new Map(all.flatMap((read) => [...read.versions]))
  return { versions, failure: all.find(({ failure }) => failure !== undefined)?.failure }
}

const BY_BACKEND = new WeakMap<Backend, TagReads>()

/** Reads and makes the versions of tags in one backend. One for all caches over it. */
export class TagReads {
  readonly #backend: Backend
  readonly #reading: Turn
  readonly #making: Turn

  private constructor(backend: Backend, clock: Clock) {
    this.#backend = backend
    this.#reading = new Turn((keys, shared) => this.#read(keys, shared))
    this.#making = new Turn((keys, shared) => this.#make(keys, clock, shared))
  }

  static of(backend: Backend, clock: Clock): TagReads {
    const known = BY_BACKEND.get(backend)
    if (known !== undefined) return known
    const reads = new TagReads(backend, clock)
    BY_BACKEND.set(backend, reads)
    return reads
  }

  /** Never rejects. In the round trip of what else is asked for in this turn. */
  read(keys: readonly string[]): Promise<TagRead> {
    return this.#reading.ask(keys)
  }

  /** Gives versions to tags that have none. Never rejects. One round trip, or two in a race. */
  make(keys: readonly string[]): Promise<TagRead> {
    return this.#making.ask(keys)
  }

  /** Reads, and gives versions to those that turn out to have none. Never rejects. */
  async readOrMake(keys: readonly string[]): Promise<TagRead> {
    const read = await this.read(keys)
    const { versions } = read
    const missing = keys.filter((key) => versions.has(key) && versions.get(key) === undefined)
    if (missing.length === 0) return read
    const made = await this.make(missing)
    return {
      versions: new Map([...versions, ...made.versions]),
      failure: read.failure ?? made.failure,
    }
  }

  /** The versions that a backend within the process has at hand. */
  peek(keys: Iterable<string>): ReadVersions {
    const versions = new Map<string, string | undefined>()
    for (const key of keys) {
      const version = versionOf(this.#backend.peek?.(key))
      if (version !== undefined) versions.set(key, version)
    }
    return versions
  }

  /** Who asks after this call sees what was changed before it. */
  forget(): void {
    this.#reading.forget()
    this.#making.forget()
  }

  async #read(keys: readonly string[], shared: Shared): Promise<TagRead> {
    let failure: TagRead['failure']
    const note = (error: unknown): void => {
      failure ??= { error }
    }
    let found: ReadonlyMap<string, Found> | undefined
    try {
      found = await this.#backend.getMany(keys, note)
    } catch (error) {
      note(error)
    }
    shared.isSettled = true
    const versions = new Map<string, string | undefined>()
    for (const key of keys) {
      const item = found?.get(key)
      if (item !== undefined || failure === undefined) versions.set(key, versionOf(item))
    }
    return { versions, failure }
  }

  async #make(keys: readonly string[], clock: Clock, shared: Shared): Promise<TagRead> {
    const made = await this.#madeOrRead(keys, clock, shared)
    shared.isSettled = true
    return made
  }

  async #madeOrRead(keys: readonly string[], clock: Clock, shared: Shared): Promise<TagRead> {
    const versions = new Map<string, string | undefined>()
    let failure: TagRead['failure']
    const add = async (key: string): Promise<void> => {
      const value = newVersion()
      const entry = { value, createdAtMs: clock.now(), ttl: TAG_TTL, staleFor: 0 }
      if (await this.#backend.add(key, entry)) versions.set(key, String(value))
    }
    await Promise.all(
      keys.map((key) =>
        add(key).catch((error: unknown) => {
          failure ??= { error }
        }),
      ),
    )
    if (failure !== undefined || versions.size === keys.length) return { versions, failure }
    // Somebody else has made it since we looked.
    const left = keys.filter((key) => !versions.has(key))
    const read = await this.#read(left, shared)
    for (const [key, version] of read.versions) versions.set(key, version)
    return { versions, failure: read.failure }
  }
}
