import type { CasToken } from '../protocol/command.ts'
import type { Seconds } from '../units.ts'
import type { Entries } from './commands/bulk.ts'
import type {
  CasOutcome,
  CountOptions,
  ExtendOptions,
  Item,
  ItemWithCas,
  StaleOptions,
  StoreOptions,
} from './commands/item.ts'
import type { GetOrLeaseOptions, LeaseRead } from './commands/leases.ts'
import type {
  MetaArithmeticOptions,
  MetaDeleteOptions,
  MetaGetOptions,
  MetaGetUnlessOptions,
  MetaSetOptions,
} from './commands/meta-options.ts'
import type {
  MetaArithmeticReply,
  MetaDeleteReply,
  MetaGetReply,
  MetaHit,
  MetaSetReply,
  MetaUnchanged,
} from './commands/meta-replies.ts'
import type { InspectedItem } from './figures/inspect.ts'
import type { CallOptions } from './routing/router.ts'

type Value = string | Uint8Array

/**
 * What a `MemcachedClient` does with keys.
 *
 * Commands go out in the order of the calls, and each resolves on its own. Values are copied in and
 * out. Values come back as they are stored: the placeholder of a lease is an empty value, and what
 * `decr` has shortened is padded with blanks.
 *
 * With `onFailure: 'miss'`, the default, an outage resolves to what each says here of one. With
 * `'throw'` the call rejects; one for many keys does so once all are settled, if any server failed.
 */
export interface KeyCommands {
  /**
   * Reads what `options` ask for: `mg`. As the other `meta…` calls it rejects in an outage, whatever
   * `onFailure` says. With `unlessCas`, the value only where it is another than
   * the caller has. One round trip.
   */
  metaGet(key: string, options: MetaGetUnlessOptions): Promise<MetaGetReply | MetaUnchanged>
  metaGet(key: string, options?: MetaGetOptions): Promise<MetaGetReply>

  /** Stores a copy of `value`: `ms`. One round trip. */
  metaSet(key: string, value: Value, options?: MetaSetOptions): Promise<MetaSetReply>

  /** Deletes, or marks stale: `md`. One round trip. */
  metaDelete(key: string, options?: MetaDeleteOptions): Promise<MetaDeleteReply>

  /** Adds to, or takes from, a stored number: `ma`. One round trip. */
  metaArithmetic(key: string, options: MetaArithmeticOptions): Promise<MetaArithmeticReply>

  /** Returns the item under `key`, or `undefined` on a miss or in an outage. One round trip. */
  get(key: string, options?: CallOptions): Promise<Item | undefined>

  /** As `get`, with the item's version for `cas`. */
  gets(key: string, options?: CallOptions): Promise<ItemWithCas | undefined>

  /** As `get`, and gives the item `ttl` to live from now. */
  gat(key: string, ttl: Seconds, options?: CallOptions): Promise<Item | undefined>

  /**
   * Returns the items that were found, by key. As many round trips as servers, all at once; one
   * more for each further 1000 keys. In an outage of one server, what the others have.
   */
  getMany(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, Item>>

  /** As `getMany`, with what `options` ask for of each. */
  getManyMeta(keys: Iterable<string>, options?: MetaGetOptions): Promise<Map<string, MetaHit>>

  /** Stores a copy of `value`. Resolves to `true`; in an outage to `false`. One round trip. */
  set(key: string, value: Value, options?: StoreOptions): Promise<boolean>

  /**
   * Stores only where nothing is. Resolves to whether it did; in an outage to `false`, though it may
   * have. One round trip.
   */
  add(key: string, value: Value, options?: StoreOptions): Promise<boolean>

  /** Stores only where something is. Otherwise as `add`. */
  replace(key: string, value: Value, options?: StoreOptions): Promise<boolean>

  /**
   * Adds bytes to the end of what is stored, atomically; its flags and its ttl stay. Resolves to
   * `false` where the key is missing and no `createTtl` was given, or the whole would be larger than
   * the server allows, or in an outage. One round trip; with `createTtl` and a missing key two on servers before
   * 1.6.20.
   *
   * Never repeated by the client: after an outage the bytes are there once or not at all.
   */
  append(key: string, value: Value, options?: ExtendOptions): Promise<boolean>

  /** As `append`, at the start. */
  prepend(key: string, value: Value, options?: ExtendOptions): Promise<boolean>

  /**
   * Stores only over the version that `gets` read. `'exists'` where the item was changed since, or
   * its connection has ended; `'missing'` where it is gone; `'unavailable'` in an outage: a loop that
   * tries until it is stored must end there. One round trip.
   */
  cas(key: string, value: Value, token: CasToken, options?: StoreOptions): Promise<CasOutcome>

  /**
   * Resolves to whether there was something to delete; in an outage to `false`, and the key is deleted
   * before that server is read again. One round trip.
   */
  delete(key: string, options?: CallOptions): Promise<boolean>

  /** Gives the item `ttl` to live from now. Resolves to whether there was one. As `delete`. */
  touch(key: string, ttl: Seconds, options?: CallOptions): Promise<boolean>

  /**
   * Adds `delta` to a stored number, atomically; its ttl stays. Resolves to the new number, or
   * `undefined` where the key is missing and no `initial` was given. Wraps around at 2^64.
   *
   * Rejects in an outage, whatever `onFailure` says: there is no number to give.
   *
   * @throws {@link CacheError} `ERR_NOT_A_NUMBER`, where something else is stored.
   */
  incr(key: string, delta?: bigint | number, options?: CountOptions): Promise<bigint | undefined>

  /** As `incr`, downwards. Stops at 0. */
  decr(key: string, delta?: bigint | number, options?: CountOptions): Promise<bigint | undefined>

  /**
   * Stores copies of all values, given as pairs, a Map or an object. Resolves to the keys that were
   * not stored: their values are too large, or their server is out. What was there before is gone, or
   * will be before it is read again. Round trips as `getMany`.
   *
   * Rejects, before anything is sent, if any key or value is unfit.
   */
  setMany(entries: Entries<Value>, options?: StoreOptions): Promise<string[]>

  /**
   * Resolves to how many there were to delete, as far as is known: what an outage may have left is
   * deleted before that server is read again. Round trips as `getMany`.
   */
  deleteMany(keys: Iterable<string>, options?: CallOptions): Promise<number>

  /** Gives each item `ttl` to live from now. Resolves to how many there were. As `deleteMany`. */
  touchMany(keys: Iterable<string>, ttl: Seconds, options?: CallOptions): Promise<number>

  /**
   * Marks the value stale: of those who read it by `getOrLease`, the first wins the right to renew
   * it, and the others get the stale value. Resolves to whether there was one. One round trip.
   *
   * Any other reading takes that right too, and does nothing with it: the value is stale then until
   * its ttl ends. So read such keys by `getOrLease` alone, or give a short `ttl`.
   */
  markStale(key: string, options?: StaleOptions): Promise<boolean>

  /**
   * Returns the value, or gives the right to compute it to one caller of all clients; in an outage
   * neither (`'unavailable'`). One round trip.
   *
   * The winner's lease sits under the key as an empty item without flags, which `get` returns as it
   * is, `add` finds and `set` replaces. So read such keys by `getOrLease` alone.
   */
  getOrLease(key: string, options?: GetOrLeaseOptions): Promise<LeaseRead>

  /**
   * Returns what the server knows of the item under `key`, without reading it: it does not count as
   * used, and nobody is chosen to refresh it. `undefined` on a miss. One round trip.
   */
  inspect(key: string, options?: CallOptions): Promise<InspectedItem | undefined>
}
