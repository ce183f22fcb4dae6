import { type CacheContext, cacheChannel, publishKey, traced } from '../channels.ts'
import type { Clock } from '../clock.ts'
import { checkValue } from '../codec/values.ts'
import { CacheError, checkOptions } from '../errors.ts'
import { type Duration, parseDuration, type Seconds } from '../units.ts'
import type { Backend, Entry, Found, Storable } from './backend.ts'
import { Flights } from './flights.ts'
import { checkKey, checkVersion, djangoKey, isKey, namespacePrefix, type Version } from './keys.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import type { ResolvedSettings } from './settings.ts'
import { TagScope } from './tag-scope.ts'

const CALL_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  add: ['tags', 'ttl', 'version'],
  decr: ['initial', 'ttl', 'version'],
  expire: ['version'],
  get: ['allowStale', 'default', 'version'],
  getMany: ['allowStale', 'version'],
  has: ['version'],
  incr: ['initial', 'ttl', 'version'],
  invalidate: ['staleFor', 'version'],
  invalidateTags: ['mode'],
  lookup: ['forceFresh', 'lateTags', 'leaseFor', 'tags', 'version', 'waitMs'],
  set: ['tags', 'ttl', 'version'],
  setMany: ['tags', 'ttl', 'version'],
  touch: ['version'],
}

const MAX_QUICK_KEYS = 10_000

/** What a {@link CacheCore} is made of. */
export interface CoreParts {
  readonly alias: string
  readonly backend: Backend
  readonly settings: ResolvedSettings
  readonly clock: Clock
  readonly random: () => number
}

/** What an alias and its namespaces share. A flag as well, as asking the signal costs a hit more. */
class Closing {
  readonly controller: AbortController = new AbortController()
  isClosed = false
}

/** What the parts of one `Cache` share. */
export class CacheCore implements CoreParts {
  readonly alias: string
  readonly backend: Backend
  readonly settings: ResolvedSettings
  readonly clock: Clock
  readonly tags: TagScope
  readonly random: () => number
  /** Of an alias and its namespaces: their whole keys differ. */
  readonly keeper: LeaseKeeper
  readonly flights: Flights
  /**
   * Of every computation that runs. Each has a signal of its own: on a shared one, which outlives
   * them all, the listeners of 500 computations would pile up.
   */
  readonly computing: Set<AbortController>
  readonly #closing: Closing
  /** What all keys of the default version start with; not where a `keyFunction` makes them. */
  readonly #start: string | undefined
  readonly #quickKeys = new Map<string, string>()
  #isClosed = false

  constructor({ alias, backend, settings, clock, random }: CoreParts, parent?: CacheCore) {
    const { keyFunction, keyPrefix, version } = settings
    this.alias = alias
    this.backend = backend
    this.settings = settings
    this.clock = clock
    this.random = random
    this.tags = new TagScope(backend, clock, keyPrefix, parent?.tags)
    this.keeper = parent?.keeper ?? new LeaseKeeper(clock)
    this.flights = parent?.flights ?? new Flights(clock)
    this.computing = parent?.computing ?? new Set<AbortController>()
    this.#closing = parent === undefined ? new Closing() : parent.#closing
    this.#start = keyFunction === djangoKey ? djangoKey('', keyPrefix, version) : undefined
  }

  /** Aborts when the cache is closed. A namespace is closed with its alias. */
  get closing(): AbortSignal {
    return this.#closing.controller.signal
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#closing.isClosed
  }

  /** The core of a namespace. */
  namespace(name: string): CacheCore {
    const keyPrefix = namespacePrefix(this.settings.keyPrefix, name)
    const settings = Object.freeze({ ...this.settings, keyPrefix })
    return new CacheCore({ ...this, settings }, this)
  }

  /** Of a namespace: only what is called later ends. */
  refuseCalls(): void {
    this.#isClosed = true
  }

  close(): void {
    const reason = new CacheError('ERR_CLOSED', `The cache \`${this.alias}\` was closed.`)
    this.#closing.isClosed = true
    this.#closing.controller.abort(reason)
    for (const controller of this.computing) controller.abort(reason)
    this.flights.forgetAll()
  }

  /** Runs one method: refuses after `close`, publishes on `reprise:cache`. */
  call<T>(
    operation: string,
    keyCount: number,
    run: (context: CacheContext | undefined) => Promise<T>,
  ): Promise<T> {
    if (this.isClosed) {
      const message = `\`${operation}\` was called on the cache \`${this.alias}\`, which is closed.`
      return Promise.reject(new CacheError('ERR_CLOSED', message))
    }
    return traced(cacheChannel, () => ({ alias: this.alias, operation, keyCount }), run)
  }

  /** As {@link CacheCore.call}, for a list that the caller's code makes: what it throws rejects. */
  async callMany<Item, T>(
    operation: string,
    list: () => Item[],
    run: (items: Item[], context: CacheContext | undefined) => Promise<T>,
  ): Promise<T> {
    const items = list()
    return this.call(operation, items.length, (context) => run(items, context))
  }

  /** The whole key, as the backend is given it. */
  key(key: string, version: Version | undefined): string {
    const wholeKey = this.#wholeKey(key, version)
    publishKey(this.alias, wholeKey)
    return wholeKey
  }

  #wholeKey(key: string, version: Version | undefined): string {
    const quick = version === undefined ? this.quickKey(key) : undefined
    if (quick !== undefined) return quick
    const { keyFunction, keyPrefix, version: ours } = this.settings
    const which = version === undefined ? ours : checkVersion(version)
    return checkKey(keyFunction(checkKey(key), keyPrefix, which))
  }

  /** What the backend has at hand of a key of the default version. Never throws. */
  peek(key: string): Found | undefined {
    const start = this.#start
    if (start === undefined || typeof key !== 'string') return undefined
    const { backend } = this
    // Nothing is stored under what is no key: '' or half of a surrogate pair.
    return backend.peekAt === undefined ? backend.peek?.(start + key) : backend.peekAt(start, key)
  }

  /**
   * The whole key of the default version, where nothing can be wrong about it. Those of late are
   * kept: a string that was just put together is flattened and hashed anew by all who look it up.
   */
  quickKey(key: string): string | undefined {
    const known = this.#quickKeys.get(key)
    if (known !== undefined) return known
    if (this.#start === undefined || !isKey(key)) return undefined
    const wholeKey = this.#start + key
    if (this.#quickKeys.size === MAX_QUICK_KEYS) this.#quickKeys.clear()
    this.#quickKeys.set(key, wholeKey)
    return wholeKey
  }

  /** Refuses what is no options object, such as Django's bare timeout, or names nobody reads. */
  options(operation: string, options: object): void {
    checkOptions(`the options of \`${operation}\``, options, CALL_OPTIONS[operation] ?? [])
  }

  ttl(ttl: Duration | undefined): Seconds {
    return ttl === undefined ? this.settings.ttl : parseDuration('ttl', ttl)
  }

  /** The entry of a value that the caller has at hand. A backend checks the value as it keeps it. */
  entry(value: Storable, ttl: Seconds): Entry {
    if (value === undefined || ttl <= 0) checkValue(value)
    return { value, createdAtMs: this.clock.now(), ttl, staleFor: 0 }
  }

  /** Makes an invalidation by tags seen by `getOrSet`: whatever runs may be of one of them. */
  async invalidating<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } finally {
      this.flights.forgetAll()
      this.tags.reads.forget()
    }
  }

  /** Makes a write of `key` seen by `getOrSet`: who comes after it joins no run from before it. */
  async changing<T>(keys: readonly string[], write: () => Promise<T>): Promise<T> {
    for (const key of keys) this.flights.forget(key)
    try {
      return await write()
    } finally {
      for (const key of keys) this.flights.forget(key)
    }
  }
}
