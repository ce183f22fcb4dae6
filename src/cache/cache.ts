import { type Clock, systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Duration } from '../units.ts'
import type { Backend, Found, Storable } from './backend.ts'
import type { Compute, ComputeMany } from './computation.ts'
import type { Answered, ComputeMethods } from './compute-methods.ts'
import { CacheCore } from './core.ts'
import { type CountOptions, count, moveVersion } from './counters.ts'
import { getOrSet, quickAnswer } from './get-or-set.ts'
import { getOrSetMany } from './get-or-set-many.ts'
import type { GetOrSetManyOptions, GetOrSetOptions } from './get-or-set-options.ts'
import { type InvalidateTagsOptions, invalidateTags } from './invalidate-tags.ts'
import type { KeyMethods } from './key-methods.ts'
import type { Version } from './keys.ts'
import { type Lookup, type LookupOptions, lookup } from './lookup.ts'
import { type Memoize, memoize } from './memoize.ts'
import { readFresh } from './read-fresh.ts'
import { listKeys, quickHit, quickLoan, type ReadOptions, readMany, readOne } from './reads.ts'
import { clearAll, expireOne, markStale, removeMany, removeOne } from './removals.ts'
import { CACHE_DEFAULTS, type ResolvedSettings, resolveSettings } from './settings.ts'
import type { CacheSetup } from './setup.ts'
import type { Schema } from './standard-schema.ts'
import { type Entries, listEntries, type WriteOptions } from './write-options.ts'
import { addOne, touchOne, writeMany, writeOne } from './writes.ts'

export type { CacheSetup } from './setup.ts'

const SETTINGS = ['keyFunction', ...Object.keys(CACHE_DEFAULTS)]

/**
 * A cache: values in, values out, over any {@link Backend}.
 *
 * A miss is `undefined` and `null` is a value. Values are copied on the way in and out. Durations
 * are seconds or a string such as `'15m'`; a ttl of 0 or less means "do not keep", `Infinity` never
 * expires. An outage of the backend looks like a miss, unless `onFailure` is `'throw'`; wrong keys,
 * options and values always reject, before anything is sent.
 *
 * @example Look a value up, or compute and keep it
 * ```ts
 * import { createCaches } from 'reprise'
 *
 * const caches = createCaches({ default: 'memory://' })
 * const rates = await caches.default.getOrSet('rates', async () => ({ eur: 1.09 }), { ttl: 60 })
 * await caches.close()
 * console.log(rates.eur)
 * ```
 */
export class Cache implements KeyMethods, ComputeMethods, AsyncDisposable {
  readonly alias: string
  readonly settings: ResolvedSettings
  /** Where it takes the time from; what is built on it takes it from there too. */
  readonly clock: Clock
  readonly #core: CacheCore
  readonly #isNamespace: boolean
  readonly #sharesBackend: boolean
  #closed: Promise<void> | undefined

  constructor(backend: Backend, setup?: CacheSetup)
  /** @internal Of a namespace. */
  constructor(core: CacheCore)
  constructor(from: Backend | CacheCore, setup: CacheSetup = {}) {
    const { alias = 'default', sharesBackend = false, ...rest } = setup
    const { clock = systemClock, random = Math.random, ...options } = rest
    checkOptions('the options of a Cache', options, SETTINGS)
    if (typeof Object(from).lease !== 'function' && !(from instanceof CacheCore)) {
      throw optionError('backend', from, 'a Backend, such as a MemoryBackend')
    }
    this.#isNamespace = from instanceof CacheCore
    this.#sharesBackend = sharesBackend
    this.#core =
      from instanceof CacheCore
        ? from
        : new CacheCore({ alias, backend: from, settings: resolveSettings(options), clock, random })
    this.alias = this.#core.alias
    this.settings = this.#core.settings
    this.clock = this.#core.clock
  }

  get<T extends Storable = Storable>(key: string, options?: ReadOptions): Promise<T | undefined>
  get<T extends Storable = Storable, D = T>(
    key: string,
    options: ReadOptions & { default: D },
  ): Promise<T | D>
  get(key: string, options?: ReadOptions & { default?: unknown }): Promise<unknown> {
    const hit = options === undefined ? quickHit(this.#core, key) : undefined
    return hit === undefined ? this.#get(key, options ?? {}) : Promise.resolve(hit.value)
  }

  getMany<T extends Storable = Storable>(
    keys: Iterable<string>,
    options: ReadOptions = {},
  ): Promise<Map<string, T>> {
    return this.#core.callMany(
      'getMany',
      () => listKeys(keys),
      (list, context) => readMany(this.#core, context, list, options) as Promise<Map<string, T>>,
    )
  }

  set(key: string, value: Storable, options: WriteOptions = {}): Promise<void> {
    return this.#core.call('set', 1, (context) =>
      writeOne(this.#core, context, key, value, options),
    )
  }

  setMany(entries: Entries, options: WriteOptions = {}): Promise<string[]> {
    return this.#core.callMany(
      'setMany',
      () => [...listEntries(entries)],
      (pairs, context) => writeMany(this.#core, context, new Map(pairs), options),
    )
  }

  add(key: string, value: Storable, options: WriteOptions = {}): Promise<boolean> {
    return this.#core.call('add', 1, (context) => addOne(this.#core, context, key, value, options))
  }

  getOrSet<Output extends Storable, D = never>(
    key: string,
    compute: Compute<Storable>,
    options: GetOrSetOptions & { readonly schema: Schema<Output>; readonly default?: D },
  ): Promise<Output | D>
  getOrSet<T extends Storable, D>(
    key: string,
    compute: Compute<T>,
    options: GetOrSetOptions & { readonly default: D },
  ): Promise<T | D>
  getOrSet<T extends Storable>(
    key: string,
    compute: Compute<T>,
    options?: GetOrSetOptions,
  ): Promise<T>
  getOrSet(key: string, compute: Compute<unknown>, options?: GetOrSetOptions): Promise<unknown> {
    const hit = quickAnswer(this.#core, key, compute, options)
    return hit === undefined
      ? this.#getOrSet(key, compute, options ?? {})
      : Promise.resolve(hit.value)
  }

  getOrSetMany<T extends Storable, Options extends GetOrSetManyOptions = GetOrSetManyOptions>(
    keys: Iterable<string>,
    computeMissing: ComputeMany<T>,
    options?: Options,
  ): Promise<Map<string, Answered<T, Options>>> {
    const many = this.#core.callMany(
      'getOrSetMany',
      () => listKeys(keys),
      (list, context) => getOrSetMany(this.#core, context, list, computeMissing, options ?? {}),
    )
    return many as Promise<Map<string, Answered<T, Options>>>
  }

  readonly memoize: Memoize = (fn: unknown, options: object) => memoize(this, fn, options) as never

  delete(key: string, options: { version?: Version } = {}): Promise<boolean> {
    return this.#core.call('delete', 1, () => removeOne(this.#core, key, options.version))
  }

  deleteMany(keys: Iterable<string>, options: { version?: Version } = {}): Promise<void> {
    return this.#core.callMany(
      'deleteMany',
      () => listKeys(keys),
      (list) => removeMany(this.#core, list, options.version),
    )
  }

  touch(key: string, ttl?: Duration, options: { version?: Version } = {}): Promise<boolean> {
    return this.#core.call('touch', 1, () => touchOne(this.#core, key, ttl, options))
  }

  has(key: string, options: { version?: Version } = {}): Promise<boolean> {
    return this.#core.call('has', 1, async (context) => {
      return (await readOne(this.#core, context, 'has', key, options)) !== undefined
    })
  }

  incr(
    key: string,
    delta: number | bigint = 1,
    options: CountOptions = {},
  ): Promise<number | bigint> {
    return this.#core.call('incr', 1, (context) => {
      return count(this.#core, context, 'incr', key, delta, options)
    })
  }

  decr(
    key: string,
    delta: number | bigint = 1,
    options: CountOptions = {},
  ): Promise<number | bigint> {
    return this.#core.call('decr', 1, (context) => {
      return count(this.#core, context, 'decr', key, delta, options)
    })
  }

  incrVersion(key: string, delta = 1, options: { version?: Version } = {}): Promise<number> {
    return this.#core.call('incrVersion', 1, () => {
      return moveVersion(this.#core, 'incrVersion', key, delta, options.version)
    })
  }

  decrVersion(key: string, delta = 1, options: { version?: Version } = {}): Promise<number> {
    return this.#core.call('decrVersion', 1, () => {
      return moveVersion(this.#core, 'decrVersion', key, -delta, options.version)
    })
  }

  invalidate(
    key: string,
    options: { version?: Version; staleFor?: Duration } = {},
  ): Promise<boolean> {
    return this.#core.call('invalidate', 1, () => markStale(this.#core, key, options))
  }

  expire(key: string, options: { version?: Version } = {}): Promise<boolean> {
    return this.#core.call('expire', 1, () => expireOne(this.#core, key, options))
  }

  invalidateTags(tags: Iterable<string>, options: InvalidateTagsOptions = {}): Promise<boolean> {
    return this.#core.call('invalidateTags', 0, () => invalidateTags(this.#core, tags, options))
  }

  lookup<T extends Storable = Storable>(
    key: string,
    options: LookupOptions = {},
  ): Promise<Lookup<T>> {
    return this.#core.call('lookup', 1, (context) => lookup<T>(this.#core, context, key, options))
  }

  /** @internal As {@link quickLoan}. */
  lend(key: string): Storable | undefined {
    return quickLoan(this.#core, key)
  }

  /** @internal As {@link readFresh}. */
  readFresh(keys: readonly string[], version?: Version): Promise<ReadonlyMap<string, Found>> {
    return readFresh(this.#core, keys, version)
  }

  /**
   * Returns a cache of its own within this one: the same backend and settings, other keys and tags.
   * Its `clear()` is one command. What it holds is gone with the `clear()` of what it lies in.
   *
   * `name` is 1 to 100 characters from `!` to `~`, without `:`. A hit stays one round trip, of two
   * commands; a write takes a trip more, to read what `clear()` ends.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`.
   */
  namespace(name: string): Cache {
    return new Cache(this.#core.namespace(name))
  }

  /**
   * Removes what this alias's prefix covers, in all versions and namespaces, and nothing else on that
   * server. On Memcached it lists all keys of every server: a matter of minutes and maintenance, not
   * of requests.
   *
   * Of a namespace, all it holds, by one command.
   *
   * It rejects where a server fails, whatever `onFailure` says.
   */
  clear(): Promise<void> {
    return this.#core.call('clear', 0, () => clearAll(this.#core))
  }

  /**
   * Ends the cache and its backend. Whatever is called later rejects with `ERR_CLOSED`. Of a
   * namespace it is only that: the backend is the alias's.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    if (this.#isNamespace) return this.#core.refuseCalls()
    this.#core.close()
    await this.#core.keeper.releaseAll()
    if (!this.#sharesBackend) await this.#core.backend[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // Not in `get`, nor in `getOrSet`: a function that holds on to their arguments costs every hit.
  #get(key: string, options: ReadOptions & { default?: unknown }): Promise<unknown> {
    return this.#core.call('get', 1, async (context) => {
      const found = await readOne(this.#core, context, 'get', key, options)
      return found === undefined ? options.default : found.value
    })
  }

  #getOrSet(key: string, compute: Compute<unknown>, options: GetOrSetOptions): Promise<unknown> {
    return this.#core.call('getOrSet', 1, (context) => {
      return getOrSet(this.#core, context, key, compute, options)
    })
  }
}
