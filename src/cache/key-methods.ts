import type { Duration } from '../units.ts'
import type { Storable } from './backend.ts'
import type { CountOptions } from './counters.ts'
import type { InvalidateTagsOptions } from './invalidate-tags.ts'
import type { Version } from './keys.ts'
import type { Lookup, LookupOptions } from './lookup.ts'
import type { ReadOptions } from './reads.ts'
import type { Entries, WriteOptions } from './write-options.ts'

/** What a `Cache` does with single values, besides computing them. */
export interface KeyMethods {
  /**
   * Returns the value under `key`, or `default`, or `undefined` on a miss. One round trip; one more
   * for the first read of a tagged value in this process.
   */
  get<T extends Storable = Storable>(key: string, options?: ReadOptions): Promise<T | undefined>
  get<T extends Storable = Storable, D = T>(
    key: string,
    options: ReadOptions & { default: D },
  ): Promise<T | D>

  /** Returns what was found, under the caller's keys. Else as `get`, with as many round trips as servers. */
  getMany<T extends Storable = Storable>(
    keys: Iterable<string>,
    options?: ReadOptions,
  ): Promise<Map<string, T>>

  /**
   * Keeps `value` under `key`. Where that fails, the old value is gone as well, or is deleted before
   * this process reads that server again. One round trip; with tags two.
   */
  set(key: string, value: Storable, options?: WriteOptions): Promise<void>

  /**
   * Keeps many values and returns the keys that were not stored. As many round trips as servers; with
   * tags as many again.
   */
  setMany(entries: Entries, options?: WriteOptions): Promise<string[]>

  /**
   * Keeps `value` where nothing is, fresh or stale, and returns whether it did. Atomic. What its tags
   * made unusable is nothing.
   */
  add(key: string, value: Storable, options?: WriteOptions): Promise<boolean>

  /** Removes the value under `key`. Returns whether there was one, or a computation to cancel. */
  delete(key: string, options?: { version?: Version }): Promise<boolean>

  /** Removes many values. As many round trips as servers. */
  deleteMany(keys: Iterable<string>, options?: { version?: Version }): Promise<void>

  /** Starts the lifetime of a value anew. Returns whether there is one. Two round trips. */
  touch(key: string, ttl?: Duration, options?: { version?: Version }): Promise<boolean>

  /** Returns whether a value is there. It costs as much as reading it. */
  has(key: string, options?: { version?: Version }): Promise<boolean>

  /**
   * Adds `delta` to a whole number, atomically, and returns the new one: a bigint beyond 2^53. Its
   * lifetime stays. It stops at 0 and starts again at 0 after 2^64 - 1. One round trip; two in a
   * namespace.
   *
   * @throws {@link CacheError} `ERR_KEY_MISSING` where nothing is there and no `initial` was given;
   * `ERR_NOT_A_NUMBER`; and the backend's failure, whatever `onFailure` says: there is no number.
   */
  incr(key: string, delta?: number | bigint, options?: CountOptions): Promise<number | bigint>

  /** Subtracts `delta`; else as `incr`. */
  decr(key: string, delta?: number | bigint, options?: CountOptions): Promise<number | bigint>

  /**
   * Moves a value to a higher version and returns that. It keeps its tags and the lifetime it has
   * left. Three round trips, not atomic.
   *
   * @throws {@link CacheError} `ERR_KEY_MISSING`, and as `incr` the backend's failure.
   */
  incrVersion(key: string, delta?: number, options?: { version?: Version }): Promise<number>

  /** Moves a value to a lower version; else as `incrVersion`. */
  decrVersion(key: string, delta?: number, options?: { version?: Version }): Promise<number>

  /**
   * Marks a value stale, atomically: it was wrong. A read is a miss from now on, but for those who
   * take a stale value while one of them computes a new one. What is being computed is not stored any
   * more. Returns whether there was one. One round trip.
   *
   * `staleFor` bounds how long it is kept for them; default: as long as it would have been.
   */
  invalidate(key: string, options?: { version?: Version; staleFor?: Duration }): Promise<boolean>

  /**
   * Ends the freshness of a value as its ttl would have: it was right until now. Its stale windows
   * begin, and without one it is gone. What is being computed is stored, unless it refreshes a value
   * that was still fresh. Returns whether there was a fresh one. Two round trips.
   */
  expire(key: string, options?: { version?: Version }): Promise<boolean>

  /**
   * Invalidates every value that was stored with one of `tags`, of any version of this cache, as
   * `invalidate` or, with `mode: 'hard'`, as `delete` does one. What is being computed with one of
   * them is invalid when it arrives; what starts after this call has resolved is not. Two round
   * trips, however many values there are.
   *
   * Returns whether that is certain. `false`: a server failed; Memcached's client deletes the tag
   * there before it reads that server again.
   */
  invalidateTags(tags: Iterable<string>, options?: InvalidateTagsOptions): Promise<boolean>

  /**
   * Reads `key` and tells what is left to do: what pages and fragments are built on.
   *
   * Whoever gets a `lease` computes, and must end it: others wait. One round trip for a hit.
   */
  lookup<T extends Storable = Storable>(key: string, options?: LookupOptions): Promise<Lookup<T>>
}
