import type { Milliseconds, Seconds } from '../units.ts'

/** Anything but `undefined`, which is how a miss is told. */
export type Storable = NonNullable<unknown> | null

/** The versions that the tags of an entry had before its value was computed, by the keys of the tags. */
export type TagVersions = ReadonlyMap<string, string>

/** What is handed to a backend to keep under a key. */
export interface Entry {
  readonly value: Storable
  /** When the computation of `value` started (wall clock): its age counts from here. */
  readonly createdAtMs: Milliseconds
  /** Fresh for so long after `createdAtMs`. Above 0; `Infinity`: for ever. May be a fraction. */
  readonly ttl: Seconds
  /** Kept for so long after `ttl`, to be served stale. 0: not at all. */
  readonly staleFor: Seconds
  /** Kept with the value and given back by every read: the cache compares them. */
  readonly tags?: TagVersions | undefined
  /** Kept with the value and given back by every read: what its origin calls this state of it. */
  readonly etag?: string | undefined
}

/** What a backend found under a key: never an entry whose stale window has passed. */
export interface Found {
  readonly value: Storable
  /** `'stale'`: past its ttl but inside its stale window, or marked by `invalidate`. */
  readonly state: 'fresh' | 'stale'
  /** Time since its computation started; `undefined` where the stored form does not tell. */
  readonly ageMs: Milliseconds | undefined
  /** Left until it stops being fresh, 0 when stale; `undefined` where the read did not ask. */
  readonly ttlLeft: Seconds | undefined
  /** How long it has been stale; 0 when fresh; `undefined` when marked stale at an unknown time. */
  readonly staleMs: Milliseconds | undefined
  readonly tags?: TagVersions | undefined
  readonly etag?: string | undefined
  /**
   * Of a read by {@link Backend.lease}, or of one that wants it: which state of the item it was.
   * Opaque: only its backend reads it, in {@link Backend.leaseAgain} and {@link Backend.isCurrent}.
   */
  readonly mark?: unknown
}

/** What a read is to give back besides the value, where that costs more. */
export interface ReadWants {
  /** {@link Found.mark} and {@link Found.ttlLeft}, where the backend knows them. */
  readonly mark?: boolean
}

/** Takes note of a failure that concerns only some of the keys of a call. */
export type ReportFailure = (error: unknown) => void

/** The right to compute one key, from {@link Backend.lease}. Opaque: only its backend reads it. */
export interface LeaseToken {
  readonly key: string
}

/**
 * What {@link Backend.lease} tells: a value, the right to compute it, both, or neither.
 *
 * - fresh `found`, no `token`: a hit;
 * - `token`, no `found`: a cold miss, and this caller computes;
 * - `token` with a stale `found`: this caller refreshes it;
 * - no `token`, `found` stale or absent: somebody else is computing, or has `failed` to.
 */
export interface LeaseRead {
  readonly found: Found | undefined
  readonly token: LeaseToken | undefined
  /** The last computation failed, and {@link Backend.backOff} asked to leave it for a while. */
  readonly hasFailed?: boolean | undefined
}

/**
 * Where a {@link Cache} keeps its values.
 *
 * What every backend keeps to; `backendContract` of `reprise/testing` checks it:
 *
 * - a miss is `undefined` or `false`, never an error; `null` is a value;
 * - a failure rejects with a {@link CacheError}: whether to hide it is the cache's decision;
 * - keys come prefixed and versioned, and may be any well-formed string: a backend finds its own
 *   safe form and never confuses two keys;
 * - values are copied: what a caller changes after `set` or after `get` changes nothing stored;
 * - a `fill` lands only if nobody deleted, set or invalidated the key since the lease was won.
 */
export interface Backend extends AsyncDisposable {
  /** `memory`, `memcached`, …: for logs, metrics and error messages. */
  readonly name: string

  /** One round trip. */
  get(key: string, wants?: ReadWants): Promise<Found | undefined>

  /**
   * As many round trips as servers. Missing keys are absent from the map, and so are those of a
   * server that failed, which is reported.
   */
  getMany(
    keys: readonly string[],
    report: ReportFailure,
    wants?: ReadWants,
  ): Promise<Map<string, Found>>

  /** Resolves to `false` where the backend declined the value; the old one is then gone too. */
  set(key: string, entry: Entry): Promise<boolean>

  /**
   * Resolves to the keys that were not stored: declined, or of a server that failed, which is
   * reported. As many round trips as servers.
   */
  setMany(entries: ReadonlyMap<string, Entry>, report: ReportFailure): Promise<string[]>

  /** Stores only where nothing (fresh or stale) is. Resolves to whether it did. */
  add(key: string, entry: Entry): Promise<boolean>

  /** Resolves to whether there was something to delete, be it a lease, which is cancelled. */
  delete(key: string): Promise<boolean>

  /** Resolves to how many there were. Failures are reported. As many round trips as servers. */
  deleteMany(keys: readonly string[], report: ReportFailure): Promise<number>

  /**
   * Starts the lifetime of a value anew from now; its stale window, tags and etag stay. With a `ttl`
   * of 0 its freshness ends now and its stale window begins: without one it is gone. Resolves to
   * whether there was a fresh one.
   */
  touch(key: string, ttl: Seconds): Promise<boolean>

  /**
   * Adds `delta` to a stored whole number, atomically; the ttl stays. Numbers are those of the
   * server, 64 bits unsigned: below 0 they stop at 0, above they start again at 0.
   *
   * Resolves to the new number, which is `initial` where nothing is stored, or `undefined` where
   * nothing is stored and no `initial` was given.
   *
   * @throws {@link CacheError} `ERR_NOT_A_NUMBER` where something else is stored.
   */
  incr(
    key: string,
    delta: bigint,
    initial?: { value: bigint; ttl: Seconds },
  ): Promise<bigint | undefined>

  /**
   * Marks stale, atomically, and cancels a lease. Kept for at most `staleFor` more; `Infinity`: for
   * as long as it would have been. Resolves to whether it was there.
   */
  invalidate(key: string, staleFor: Seconds): Promise<boolean>

  /** Reads, and where nothing fresh is there asks for the right to compute. One round trip for a hit. */
  lease(key: string, leaseFor: Seconds, wants?: ReadWants): Promise<LeaseRead>

  /**
   * Asks for the right to compute a key anew although what is there is fresh: to the caller it is
   * invalid, or soon due. `found` is what {@link Backend.lease} gave. `'changed'`: something else is
   * there by now, so read again. No `token`: somebody else has it. The fresh value stays readable.
   */
  leaseAgain(key: string, found: Found, leaseFor: Seconds): Promise<LeaseRead | 'changed'>

  /** Keeps a lease for `leaseFor` more. `undefined`: it was lost. Else the token to go on with. */
  renew(token: LeaseToken, leaseFor: Seconds): Promise<LeaseToken | undefined>

  /**
   * Stores the computed entry, unless the key was deleted, set or invalidated meanwhile, or the
   * lease has ended, or the entry's own time has passed. Ends the lease. Rejects with
   * `ERR_VALUE_TOO_LARGE` where `set` would decline.
   */
  fill(token: LeaseToken, entry: Entry): Promise<boolean>

  /** Gives the lease up without a value, so that the next caller wins at once. */
  release(token: LeaseToken): Promise<void>

  /**
   * Ends a lease on a key that has a value, after a computation that failed: for `seconds` nobody is
   * given it, and {@link Backend.lease} tells `hasFailed`. Of a key without a value as `release`.
   */
  backOff(token: LeaseToken, seconds: Seconds): Promise<void>

  /**
   * Whether the item is still in the state that `mark` stands for: one small round trip, without
   * the value. Only of backends that can tell without reading it.
   */
  isCurrent?(key: string, mark: unknown): Promise<boolean>

  /**
   * What `lease` would find, at once: only of backends within the process. `undefined` says no more
   * than that `lease` has to be asked.
   */
  peek?(key: string): Found | undefined

  /**
   * As `peek` of `start + key`, for who asks again and again with the same `start`: a backend can
   * spare itself putting the two together.
   */
  peekAt?(start: string, key: string): Found | undefined

  /**
   * As `peek`, for who reads as by `lease` and changes nothing of what it gets: what is sealed is
   * given without a copy.
   */
  lend?(key: string): Found | undefined

  /** Removes every key that starts with `prefix`, and no other. */
  clear(prefix: string): Promise<void>
}
