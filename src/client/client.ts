import type { ServerEntry } from '../net/address.ts'
import type { CasToken } from '../protocol/command.ts'
import type { StatsByKind, StatsKind } from '../protocol/server-command.ts'
import type { Seconds } from '../units.ts'
import { deleteMany, type Entries, getManyMeta, setMany, touchMany } from './commands/bulk.ts'
import { count } from './commands/counting.ts'
import { markStale, remove, touch } from './commands/ending.ts'
import type {
  CasOutcome,
  CountOptions,
  ExtendOptions,
  Item,
  ItemWithCas,
  StaleOptions,
  StoreOptions,
} from './commands/item.ts'
import { type GetOrLeaseOptions, getOrLease, type LeaseRead } from './commands/leases.ts'
import { MetaCommands } from './commands/meta.ts'
import {
  callMetaArithmetic,
  callMetaDelete,
  callMetaGet,
  callMetaSet,
} from './commands/meta-calls.ts'
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
import { gat, get, getItems, gets } from './commands/reading.ts'
import { compareAndSwap, extend, store } from './commands/storing.ts'
import {
  askVersion,
  type FlushOptions,
  flushServers,
  setMemoryLimit,
  setVerbosity,
} from './figures/broadcasts.ts'
import { askStats } from './figures/figures.ts'
import { type InspectedItem, inspectItem } from './figures/inspect.ts'
import { deleteListed, type KeysOptions, type ListedKey, listKeys } from './figures/keys.ts'
import {
  type WatchedEvent,
  type WatchKind,
  type WatchOptions,
  watchServers,
} from './figures/watch.ts'
import type { KeyCommands } from './key-commands.ts'
import {
  type MemcachedOptions,
  optionsOf,
  type ResolvedMemcachedOptions,
  resolveMemcachedOptions,
} from './options.ts'
import type { Patience } from './routing/patience.ts'
import { type CallOptions, Router, type ServerAnswer } from './routing/router.ts'
import type { ServerCommands } from './server-commands.ts'

/**
 * A client of one or many Memcached servers (1.6.18 or later), over one connection to each.
 *
 * Commands of one turn of the event loop share one write per server, and none waits for another's
 * answer. A miss is `undefined` or `false`, never an error.
 *
 * An outage looks like a miss, and is published on `reprise:error`; the `meta…` calls, and all with
 * `onFailure: 'throw'`, reject with a {@link CacheError} instead, whose `applied` tells whether the
 * server may have done it: `ERR_TIMEOUT`, `ERR_CONNECTION`, `ERR_PROTOCOL`, `ERR_SERVER`,
 * `ERR_OVERLOADED`. Told in any case: `ERR_AUTH`, `ERR_CLOSED` and, before anything is sent,
 * `ERR_KEY_INVALID`, `ERR_OPTION_INVALID`, `ERR_VALUE_INVALID`, `ERR_VALUE_TOO_LARGE`.
 *
 * A server that fails is left alone for less than a second at a time, and its commands fail at
 * once meanwhile; keys never move to another server, but to the `gutter` if there is one, for
 * seconds. A failed `set`, `replace`, `delete`, `touch`,
 * `gat` or `markStale` is made up for: the key is deleted before this client reads that server again.
 *
 * Keys are any well-formed strings of 1 or more characters. Long ones are hashed (SHA-256).
 *
 * @example
 * ```ts
 * import { MemcachedClient } from 'reprise/memcached'
 *
 * const client = new MemcachedClient('127.0.0.1:11211')
 * await client.set('greeting', 'hello', { ttl: 60 })
 * console.log((await client.get('greeting'))?.value.toString())
 * await client.close()
 * ```
 */
export class MemcachedClient implements KeyCommands, ServerCommands, AsyncDisposable {
  readonly #options: ResolvedMemcachedOptions
  readonly #router: Router
  readonly #meta: MetaCommands

  /** Connects with the first command, not here. */
  constructor(servers: string | readonly ServerEntry[] | MemcachedOptions) {
    this.#options = resolveMemcachedOptions(optionsOf(servers))
    this.#router = new Router(this.#options)
    this.#meta = new MetaCommands(this.#router, this.#options)
  }

  /**
   * `host:port`, `[v6]:port` or a socket's path, in the order given. Where they are discovered there
   * are none before the first command.
   */
  get servers(): readonly string[] {
    return this.#router.names
  }

  /** In the order of `servers`. */
  get weights(): readonly number[] {
    return this.#router.weights
  }

  metaGet(key: string, options: MetaGetUnlessOptions): Promise<MetaGetReply | MetaUnchanged>
  metaGet(key: string, options?: MetaGetOptions): Promise<MetaGetReply>
  metaGet(
    key: string,
    options: MetaGetOptions | MetaGetUnlessOptions = {},
  ): Promise<MetaGetReply | MetaUnchanged> {
    return callMetaGet(this.#meta, key, options)
  }

  metaSet(key: string, value: Value, options: MetaSetOptions = {}): Promise<MetaSetReply> {
    return callMetaSet(this.#meta, key, value, options)
  }

  metaDelete(key: string, options: MetaDeleteOptions = {}): Promise<MetaDeleteReply> {
    return callMetaDelete(this.#meta, key, options)
  }

  metaArithmetic(key: string, options: MetaArithmeticOptions): Promise<MetaArithmeticReply> {
    return callMetaArithmetic(this.#meta, key, options)
  }

  get(key: string, options?: CallOptions): Promise<Item | undefined> {
    return get(this.#meta, key, options)
  }

  gets(key: string, options: CallOptions = {}): Promise<ItemWithCas | undefined> {
    return gets(this.#meta, key, options)
  }

  gat(key: string, ttl: Seconds, options: CallOptions = {}): Promise<Item | undefined> {
    return gat(this.#meta, key, ttl, options)
  }

  getMany(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, Item>> {
    return getItems(this.#meta, this.#options.maxPending, keys, options)
  }

  getManyMeta(keys: Iterable<string>, options: MetaGetOptions = {}): Promise<Map<string, MetaHit>> {
    return getManyMeta(this.#meta, this.#options, keys, options)
  }

  set(key: string, value: Value, options: StoreOptions = {}): Promise<boolean> {
    return store(this.#meta, 'set', key, value, options)
  }

  add(key: string, value: Value, options: StoreOptions = {}): Promise<boolean> {
    return store(this.#meta, 'add', key, value, options)
  }

  replace(key: string, value: Value, options: StoreOptions = {}): Promise<boolean> {
    return store(this.#meta, 'replace', key, value, options)
  }

  append(key: string, value: Value, options: ExtendOptions = {}): Promise<boolean> {
    return extend(this.#meta, 'append', key, value, options)
  }

  prepend(key: string, value: Value, options: ExtendOptions = {}): Promise<boolean> {
    return extend(this.#meta, 'prepend', key, value, options)
  }

  cas(key: string, value: Value, token: CasToken, options: StoreOptions = {}): Promise<CasOutcome> {
    return compareAndSwap(this.#meta, key, value, token, options)
  }

  delete(key: string, options: CallOptions = {}): Promise<boolean> {
    return remove(this.#meta, key, options)
  }

  touch(key: string, ttl: Seconds, options: CallOptions = {}): Promise<boolean> {
    return touch(this.#meta, key, ttl, options)
  }

  incr(
    key: string,
    delta: bigint | number = 1,
    options: CountOptions = {},
  ): Promise<bigint | undefined> {
    return count(this.#meta, 'incr', key, delta, options)
  }

  decr(
    key: string,
    delta: bigint | number = 1,
    options: CountOptions = {},
  ): Promise<bigint | undefined> {
    return count(this.#meta, 'decr', key, delta, options)
  }

  setMany(entries: Entries<Value>, options: StoreOptions = {}): Promise<string[]> {
    return setMany(this.#meta, this.#options, entries, options)
  }

  deleteMany(keys: Iterable<string>, options: CallOptions = {}): Promise<number> {
    return deleteMany(this.#meta, this.#options, keys, options)
  }

  touchMany(keys: Iterable<string>, ttl: Seconds, options: CallOptions = {}): Promise<number> {
    return touchMany(this.#meta, this.#options, keys, ttl, options)
  }

  markStale(key: string, options: StaleOptions = {}): Promise<boolean> {
    return markStale(this.#meta, key, options)
  }

  getOrLease(key: string, options: GetOrLeaseOptions = {}): Promise<LeaseRead> {
    return getOrLease(this.#meta, key, options)
  }

  inspect(key: string, options: CallOptions = {}): Promise<InspectedItem | undefined> {
    return inspectItem(this.#router, key, options)
  }

  stats(): Promise<ServerAnswer<StatsByKind['general']>[]>
  stats<Kind extends StatsKind>(
    kind: Kind,
    options?: Patience,
  ): Promise<ServerAnswer<StatsByKind[Kind]>[]>
  stats<Kind extends StatsKind>(
    kind?: Kind,
    options: Patience = {},
  ): Promise<ServerAnswer<StatsByKind[Kind | 'general']>[]> {
    return askStats(this.#router, kind ?? 'general', options)
  }

  version(options: Patience = {}): Promise<ServerAnswer<string>[]> {
    return askVersion(this.#router, options)
  }

  flushAll(options: FlushOptions = {}): Promise<ServerAnswer<true>[]> {
    return flushServers(this.#router, options, this.#options.clock)
  }

  verbosity(level: number, options: Patience = {}): Promise<ServerAnswer<true>[]> {
    return setVerbosity(this.#router, level, options)
  }

  cacheMemlimit(megabytes: number, options: Patience = {}): Promise<ServerAnswer<true>[]> {
    return setMemoryLimit(this.#router, megabytes, options)
  }

  keys(options: KeysOptions = {}): AsyncGenerator<ListedKey, void, undefined> {
    return listKeys(this.#router, options, this.#options)
  }

  watch(
    kinds: WatchKind | readonly WatchKind[],
    options: WatchOptions = {},
  ): AsyncGenerator<WatchedEvent, void, undefined> {
    return watchServers(this.#router, kinds, options, this.#options)
  }

  deleteListed(listed: ListedKey): Promise<boolean> {
    return deleteListed(this.#router, listed)
  }

  addServer(server: ServerEntry): void {
    this.#router.addServer(server)
  }

  async removeServer(server: ServerEntry): Promise<void> {
    await this.#router.removeServer(server)
  }

  serverOf(key: string): string {
    return this.#router.serverOf(key).name
  }

  close(): Promise<void> {
    return this.#router.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

type Value = string | Uint8Array
