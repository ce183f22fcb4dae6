import type { CacheContext } from '../channels.ts'
import { type Clock, systemClock } from '../clock.ts'
import { optionError } from '../errors.ts'
import { type Duration, parseDuration } from '../units.ts'
import type { Backend, Storable } from './backend.ts'
import { CacheCore } from './core.ts'
import { type CountOptions, count, moveVersion } from './counters.ts'
import { type Computation, type GetOrSetOptions, getOrSet } from './get-or-set.ts'
import type { Version } from './keys.ts'
import { type Lookup, type LookupOptions, lookup } from './lookup.ts'
import { listKeys, type ReadOptions, readMany, readOne } from './reads.ts'
import { type CacheOptions, type ResolvedSettings, resolveSettings } from './settings.ts'
import {
  addOne,
  clearAll,
  type Entries,
  listEntries,
  markStale,
  removeMany,
  removeOne,
  touchOne,
  type WriteOptions,
  writeMany,
  writeOne,
} from './writes.ts'

/** What a {@link Cache} is made with, besides its backend. */
export interface CacheSetup extends CacheOptions {
  /**
   * Its name in messages and figures.
   *
   * @default 'default'
   */
  readonly alias?: string
  /**
   * Leaves the backend open on `close()`, for one that is shared.
   *
   * @default false
   */
  readonly sharesBackend?: boolean
  /** Default: the system's. Give the backend the same one. */
  readonly clock?: Clock
}

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
export class Cache implements AsyncDisposable {
  readonly alias: string
  readonly settings: ResolvedSettings
  /** Where it takes the time from; what is built on it takes it from there too. */
  readonly clock: Clock
  readonly #core: CacheCore
  readonly #sharesBackend: boolean
  #closed: Promise<void> | undefined

  constructor(backend: Backend, setup: CacheSetup = {}) {
    const { alias = 'default', sharesBackend = false, clock = systemClock, ...options } = setup
    this.alias = alias
    this.settings = resolveSettings(options)
    this.clock = clock
    this.#sharesBackend = sharesBackend
    this.#core = new CacheCore(alias, backend, this.settings, clock)
  }

  /** Returns the value under `key`, or `default`, or `undefined` on a miss. One round trip. */
  get<T extends Storable = Storable>(key: string, options?: ReadOptions): Promise<T | undefined>
  get<T extends Storable = Storable, D = T>(
    key: string,
    options: ReadOptions & { default: D },
  ): Promise<T | D>
  get(key: string, options: ReadOptions & { default?: unknown } = {}): Promise<unknown> {
    return this.#core.call('get', 1, async (context) => {
      const found = await readOne(this.#core, context, 'get', key, options)
      return found === undefined ? options.default : found.value
    })
  }

  /** Returns what was found, under the caller's keys. As many round trips as servers. */
  getMany<T extends Storable = Storable>(
    keys: Iterable<string>,
    options: ReadOptions = {},
  ): Promise<Map<string, T>> {
    return this.#many(
      'getMany',
      () => listKeys(keys),
      async (list, context) => {
        return (await readMany(this.#core, context, list, options)) as Map<string, T>
      },
    )
  }

  /**
   * Keeps `value` under `key`. Where that fails, the old value is gone as well, or is deleted before
   * this process reads that server again. One round trip.
   */
  set(key: string, value: Storable, options: WriteOptions = {}): Promise<void> {
    return this.#core.call('set', 1, (context) =>
      writeOne(this.#core, context, key, value, options),
    )
  }

  /** Keeps many values and returns the keys that were not stored. As many round trips as servers. */
  setMany(entries: Entries, options: WriteOptions = {}): Promise<string[]> {
    return this.#many(
      'setMany',
      () => [...listEntries(entries)],
      (pairs, context) => {
        return writeMany(this.#core, context, new Map(pairs), options)
      },
    )
  }

  /** Keeps `value` where nothing is, fresh or stale, and returns whether it did. Atomic. */
  add(key: string, value: Storable, options: WriteOptions = {}): Promise<boolean> {
    return this.#core.call('add', 1, (context) => addOne(this.#core, context, key, value, options))
  }

  /**
   * Returns the value under `key`; on a miss computes it, stores it and returns it.
   *
   * One computation at a time for each key, in this process and, by a lease, in all that share the
   * backend. Calls that overlap in this process share one read and one computation, the first one's,
   * and each gets its own copy; other processes wait up to `waitMs` and then compute for themselves,
   * without storing. A value that was set, deleted or invalidated while it was computed is not
   * overwritten. If `compute` rejects, all who wait in this process reject with its reason and
   * nothing is stored. `compute` must not ask for its own key: it would wait for itself. One round
   * trip for a hit.
   *
   * @throws {@link CacheError} `ERR_VALUE_INVALID` where `compute` gives `undefined` or something
   * that cannot be kept. A value over the backend's size limit is returned all the same.
   */
  getOrSet<T extends Storable>(
    key: string,
    compute: (computation: Computation) => T | Promise<T>,
    options: GetOrSetOptions = {},
  ): Promise<T> {
    if (typeof compute !== 'function') {
      return Promise.reject(optionError('compute', compute, 'a function'))
    }
    return this.#core.call('getOrSet', 1, (context) => {
      return getOrSet(this.#core, context, key, compute, options)
    })
  }

  /** Removes the value under `key`. Returns whether there was one, or a computation to cancel. */
  delete(key: string, options: { version?: Version } = {}): Promise<boolean> {
    return this.#core.call('delete', 1, () => removeOne(this.#core, key, options.version))
  }

  /** Removes many values. As many round trips as servers. */
  deleteMany(keys: Iterable<string>, options: { version?: Version } = {}): Promise<void> {
    return this.#many(
      'deleteMany',
      () => listKeys(keys),
      (list) => {
        return removeMany(this.#core, list, options.version)
      },
    )
  }

  /** Starts the lifetime of a value anew. Returns whether there is one. Two round trips. */
  touch(key: string, ttl?: Duration, options: { version?: Version } = {}): Promise<boolean> {
    return this.#core.call('touch', 1, () => touchOne(this.#core, key, ttl, options))
  }

  /** Returns whether a value is there. It costs as much as reading it. */
  has(key: string, options: { version?: Version } = {}): Promise<boolean> {
    return this.#core.call('has', 1, async (context) => {
      return (await readOne(this.#core, context, 'has', key, options)) !== undefined
    })
  }

  /**
   * Adds `delta` to a whole number, atomically, and returns the new one: a bigint beyond 2^53. Its
   * lifetime stays. It stops at 0 and starts again at 0 after 2^64 - 1.
   *
   * @throws {@link CacheError} `ERR_KEY_MISSING` where nothing is there and no `initial` was given;
   * `ERR_NOT_A_NUMBER`; and the backend's failure, whatever `onFailure` says: there is no number.
   */
  incr(
    key: string,
    delta: number | bigint = 1,
    options: CountOptions = {},
  ): Promise<number | bigint> {
    return this.#core.call('incr', 1, (context) => {
      return count(this.#core, context, 'incr', key, delta, options)
    })
  }

  /** Subtracts `delta`; else as {@link Cache.incr}. */
  decr(
    key: string,
    delta: number | bigint = 1,
    options: CountOptions = {},
  ): Promise<number | bigint> {
    return this.#core.call('decr', 1, (context) => {
      return count(this.#core, context, 'decr', key, delta, options)
    })
  }

  /**
   * Moves a value to a higher version and returns that. It keeps the lifetime it has left. Three
   * round trips, not atomic.
   *
   * @throws {@link CacheError} `ERR_KEY_MISSING`, and as {@link Cache.incr} the backend's failure.
   */
  incrVersion(key: string, delta = 1, options: { version?: Version } = {}): Promise<number> {
    return this.#core.call('incrVersion', 1, () => {
      return moveVersion(this.#core, 'incrVersion', key, delta, options.version)
    })
  }

  /** Moves a value to a lower version; else as {@link Cache.incrVersion}. */
  decrVersion(key: string, delta = 1, options: { version?: Version } = {}): Promise<number> {
    return this.#core.call('decrVersion', 1, () => {
      return moveVersion(this.#core, 'decrVersion', key, -delta, options.version)
    })
  }

  /**
   * Marks a value stale, atomically: a read is a miss from now on, but for those who take a stale
   * value while one of them computes a new one. Returns whether there was one. One round trip.
   *
   * `staleFor` bounds how long it is kept for them; default: as long as it would have been.
   */
  invalidate(
    key: string,
    options: { version?: Version; staleFor?: Duration } = {},
  ): Promise<boolean> {
    return this.#core.call('invalidate', 1, async () => {
      const staleFor = parseDuration('staleFor', options.staleFor ?? Infinity)
      return markStale(this.#core, key, staleFor, options.version)
    })
  }

  /**
   * Reads `key` and tells what is left to do: what pages and fragments are built on.
   *
   * Whoever gets a `lease` computes, and must end it: others wait. One round trip for a hit.
   */
  lookup<T extends Storable = Storable>(
    key: string,
    options: LookupOptions = {},
  ): Promise<Lookup<T>> {
    return this.#core.call('lookup', 1, (context) => lookup<T>(this.#core, context, key, options))
  }

  /**
   * Removes what this alias's prefix covers, in all versions, and nothing else on that server.
   *
   * On Memcached it lists all keys of every server: a matter of minutes and maintenance, not of
   * requests. It rejects where a server fails, whatever `onFailure` says.
   */
  clear(): Promise<void> {
    return this.#core.call('clear', 0, () => clearAll(this.#core))
  }

  /** Ends the cache and its backend. Whatever is called later rejects with `ERR_CLOSED`. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#core.close()
    await this.#core.keeper.releaseAll()
    if (!this.#sharesBackend) await this.#core.backend[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // The caller's iterable runs the caller's code: what it throws is a rejection as well.
  async #many<Item, T>(
    operation: string,
    list: () => Item[],
    run: (items: Item[], context: CacheContext | undefined) => Promise<T>,
  ): Promise<T> {
    const items = list()
    return this.#core.call(operation, items.length, (context) => run(items, context))
  }
}
