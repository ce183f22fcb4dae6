import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { CacheError, shown } from '../errors.ts'
import type { Backend, Found, TagVersions } from './backend.ts'
import { type TagRead, TagReads } from './tag-reads.ts'
import { judge, type ReadVersions, type Verdict } from './tags.ts'

/** How many keys a process remembers the tags of: some MB. */
const MAX_REMEMBERED = 10_000

const MAX_KEYS = 1000

/** What an alias and its namespaces share: which tags a key had when it was read last. */
interface Memory {
  keys: LRUCache<string, readonly string[]> | undefined
}

const NO_KEYS: readonly string[] = []
const NO_TAGS: TagVersions = new Map()

/** Nothing was read, because nothing is tagged. */
export const NOTHING_READ: TagRead = Object.freeze({ versions: new Map(), failure: undefined })

/** The tags of one alias, or of one namespace. */
export class TagScope {
  readonly reads: TagReads
  /** The generations of this namespace and of those around it: tags of every entry. */
  readonly generations: readonly string[]
  readonly hasGenerations: boolean
  /** Renewed by every invalidation of a tag, for tags that become known late. */
  readonly counter: string
  readonly #keyPrefix: string
  /** Of late: a string that was just put together is flattened and hashed anew by each look-up. */
  readonly #keys = new Map<string, string>()
  readonly #memory: Memory
  /** The names and the keys of the tags that were asked for last: often all ask for the same. */
  #lastTags: readonly string[] = NO_KEYS
  #lastCarried: readonly string[]

  constructor(backend: Backend, clock: Clock, keyPrefix: string, parent?: TagScope) {
    this.reads = TagReads.of(backend, clock)
    // The empty version: no entry's key has one.
    this.#keyPrefix = `${keyPrefix}:::t:`
    this.counter = `${keyPrefix}:::i`
    this.generations = parent === undefined ? NO_KEYS : [...parent.generations, `${keyPrefix}:::g`]
    this.hasGenerations = this.generations.length > 0
    this.#lastCarried = this.generations
    this.#memory = parent === undefined ? { keys: undefined } : parent.#memory
  }

  /** Whether anything here may be tagged, as far as this process has seen. */
  get isUsed(): boolean {
    return this.hasGenerations || this.#memory.keys !== undefined
  }

  keysOf(tags: readonly string[]): string[] {
    return tags.map((tag) => this.#keyOf(tag))
  }

  #keyOf(tag: string): string {
    const known = this.#keys.get(tag)
    if (known !== undefined) return known
    if (this.#keys.size === MAX_KEYS) this.#keys.clear()
    const key = this.#keyPrefix + tag
    this.#keys.set(tag, key)
    return key
  }

  /** The keys of all the tags that an entry with `tags` carries. */
  carried(tags: readonly string[] | undefined): readonly string[] {
    if (tags === undefined || tags.length === 0) return this.generations
    if (isSameList(tags, this.#lastTags)) return this.#lastCarried
    const keys = this.keysOf(tags)
    this.#lastTags = tags
    this.#lastCarried = this.hasGenerations ? [...this.generations, ...keys] : keys
    return this.#lastCarried
  }

  /** The keys of the tags to read along with an entry: those named, and those it had before. */
  expected(key: string, carried: readonly string[] = this.generations): readonly string[] {
    const remembered = this.#memory.keys?.get(key)
    if (remembered === carried) return carried
    if (remembered?.every((tag) => carried.includes(tag)) !== false) return carried
    return carried.length === 0 ? remembered : [...new Set([...carried, ...remembered])]
  }

  /** What its tags say about an entry, by what was read of them. */
  judge({ tags }: Found, versions: ReadVersions): Verdict {
    if (tags === undefined && !this.hasGenerations) return 'valid'
    // What does not carry its namespace's generation would survive a `clear()`.
    if (this.hasGenerations && !this.generations.every((key) => tags?.has(key))) return 'unusable'
    return judge(tags, versions)
  }

  /** An entry as a reader may have it. */
  asJudged(found: Found, verdict: Verdict): Found | undefined {
    if (verdict === 'valid' || (verdict === 'stale' && found.state === 'stale')) return found
    // When its tags were invalidated, nobody knows.
    if (verdict === 'stale') return { ...found, state: 'stale', ttlLeft: 0, staleMs: undefined }
    return undefined
  }

  /** Whether an entry is known to be valid by what the backend has at hand. */
  isValidAtOnce(found: Found): boolean {
    if (found.tags === undefined) return !this.hasGenerations
    return this.judge(found, this.reads.peek(found.tags.keys())) === 'valid'
  }

  /** Reads what was not known to be needed, in one more trip, and remembers it. */
  async readRest(unknown: Iterable<readonly [string, Found]>, read: TagRead): Promise<TagRead> {
    const { versions } = read
    const rest = new Set<string>()
    for (const [key, { tags = NO_TAGS }] of unknown) {
      this.remember(key, tags)
      for (const tag of tags.keys()) if (!versions.has(tag)) rest.add(tag)
    }
    const second = await this.reads.read([...rest])
    return {
      versions: new Map([...versions, ...second.versions]),
      failure: read.failure ?? second.failure,
    }
  }

  /** The versions of tags now, for a value that is at hand. Rejects where one cannot be had. */
  async current(carried: readonly string[]): Promise<TagVersions> {
    const { versions: read, failure } = await this.reads.readOrMake(carried)
    const versions = new Map<string, string>()
    for (const key of carried) {
      const version = read.get(key)
      if (version !== undefined) versions.set(key, version)
      else throw failure === undefined ? unkept(key) : failure.error
    }
    return versions
  }

  remember(key: string, tags: TagVersions): void {
    this.#memory.keys ??= new LRUCache({ max: MAX_REMEMBERED })
    const keys = [...tags.keys()]
    // The same list for all that have the same, so that it is known again at a glance.
    this.#memory.keys.set(key, isSameList(keys, this.#lastCarried) ? this.#lastCarried : keys)
  }

  /** An entry without tags is read alone from now on. */
  forget(key: string): void {
    this.#memory.keys?.delete(key)
  }
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, i) => item === other[i])
}

/** What was added was gone, or something else than a version was there, at once. */
function unkept(key: string): CacheError {
  return new CacheError('ERR_OVERLOADED', `The tag under ${shown(key)} keeps no version.`)
}
