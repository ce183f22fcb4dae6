import { CacheError, optionError } from '../errors.ts'
import type { CasToken, StatsKind } from '../protocol/command.ts'
import type { Seconds } from '../units.ts'
import {
  type MetaArithmeticReply,
  type MetaDeleteReply,
  type MetaGetReply,
  type MetaSetReply,
  readDelete,
} from './answers.ts'
import { askStats, askVersion, flushServers } from './broadcasts.ts'
import type { CountOptions, Item, ItemWithCas, StoreOptions } from './item.ts'
import { type KeysOptions, type ListedKey, listKeys, wireOf } from './keys.ts'
import { getMany } from './many.ts'
import {
  type MetaArithmeticOptions,
  MetaCommands,
  type MetaDeleteOptions,
  type MetaGetOptions,
  type MetaSetOptions,
} from './meta.ts'
import {
  type MemcachedOptions,
  type ResolvedMemcachedOptions,
  resolveMemcachedOptions,
} from './options.ts'
import { Router, type ServerAnswer } from './router.ts'
import { bytesOf, counted } from './values.ts'

/**
 * A client of one or many Memcached servers (1.6.18 or later), over one connection to each.
 *
 * Commands of one tick share one write per server, and none waits for another's answer. A miss is
 * `undefined` or `false`, never an error. What fails rejects with a {@link CacheError}, whose
 * `applied` tells whether the server may have done it: `ERR_TIMEOUT`, `ERR_CONNECTION`,
 * `ERR_PROTOCOL`, `ERR_SERVER`, `ERR_OVERLOADED`, `ERR_CLOSED`; before anything is sent:
 * `ERR_KEY_INVALID`, `ERR_OPTION_INVALID`, `ERR_VALUE_INVALID`, `ERR_VALUE_TOO_LARGE`.
 *
 * A server that fails is left alone for less than a second at a time, and its commands fail at
 * once meanwhile; keys never move to another server. A failed `set`, `replace`, `delete` or
 * `touch` is made up for: the key is deleted before this client reads that server again.
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
export class MemcachedClient implements AsyncDisposable {
  /** `host:port`, `[v6]:port` or a socket's path, in the order given. */
  readonly servers: readonly string[]
  readonly #options: ResolvedMemcachedOptions
  readonly #router: Router
  readonly #meta: MetaCommands

  /** Connects with the first command, not here. */
  constructor(servers: string | readonly string[] | MemcachedOptions) {
    const options = isOptions(servers) ? servers : { servers }
    this.#options = resolveMemcachedOptions(options)
    this.servers = this.#options.servers.map(({ name }) => name)
    this.#router = new Router(this.#options)
    this.#meta = new MetaCommands(this.#router, this.#options)
  }

  /** Reads what `options` ask for: `mg`. One round trip. */
  metaGet(key: string, options: MetaGetOptions = {}): Promise<MetaGetReply> {
    return this.#meta.get('metaGet', key, options)
  }

  /** Stores a copy of `value`: `ms`. One round trip. */
  metaSet(key: string, value: Uint8Array, options: MetaSetOptions = {}): Promise<MetaSetReply> {
    return this.#meta.set('metaSet', key, value, options)
  }

  /** Deletes, or marks stale: `md`. One round trip. */
  metaDelete(key: string, options: MetaDeleteOptions = {}): Promise<MetaDeleteReply> {
    return this.#meta.delete('metaDelete', key, options)
  }

  /** Adds to, or takes from, a stored number: `ma`. One round trip. */
  metaArithmetic(key: string, options: MetaArithmeticOptions): Promise<MetaArithmeticReply> {
    return this.#meta.arithmetic('metaArithmetic', key, options)
  }

  /** Returns the item under `key`, or `undefined` on a miss. One round trip. */
  get(key: string): Promise<Item | undefined> {
    return this.#meta.item('get', key)
  }

  /** As `get`, with the item's version for {@link MemcachedClient.cas}. */
  async gets(key: string): Promise<ItemWithCas | undefined> {
    const reply = await this.#meta.get('gets', key, { value: true, flags: true, cas: true })
    if (reply.kind === 'miss' || reply.value === undefined || reply.cas === undefined) {
      return undefined
    }
    return { value: reply.value, flags: reply.flags, cas: reply.cas }
  }

  /**
   * Returns the items that were found, by key. As many round trips as servers, all at once; one
   * more for each further 1000 keys. Rejects if any server failed: a part would look like misses.
   */
  getMany(keys: Iterable<string>): Promise<Map<string, Item>> {
    return getMany(keys, this.#options.maxPending, (key) => this.#meta.item('getMany', key))
  }

  /** Stores a copy of `value`. Resolves to `true`. One round trip. */
  set(key: string, value: string | Uint8Array, options: StoreOptions = {}): Promise<boolean> {
    return this.#store('set', key, value, options)
  }

  /** Stores only where nothing is. Resolves to whether it did. One round trip. */
  add(key: string, value: string | Uint8Array, options: StoreOptions = {}): Promise<boolean> {
    return this.#store('add', key, value, options)
  }

  /** Stores only where something is. Resolves to whether it did. One round trip. */
  replace(key: string, value: string | Uint8Array, options: StoreOptions = {}): Promise<boolean> {
    return this.#store('replace', key, value, options)
  }

  /**
   * Stores only over the version that `gets` read. `'exists'` where the item was changed since, or
   * its connection has ended; `'missing'` where it is gone. One round trip.
   */
  async cas(
    key: string,
    value: string | Uint8Array,
    token: CasToken,
    options: StoreOptions = {},
  ): Promise<'stored' | 'exists' | 'missing'> {
    if (token === undefined) throw optionError('token', token, 'what `gets` returned as `cas`')
    const { kind } = await this.#meta.set('cas', key, bytesOf(value), {
      ...options,
      compareCas: token,
    })
    return kind === 'not-stored' ? 'missing' : kind
  }

  /** Resolves to whether there was something to delete. One round trip. */
  async delete(key: string): Promise<boolean> {
    return (await this.#meta.delete('delete', key, {})) === 'deleted'
  }

  /** Gives the item `ttl` to live from now. Resolves to whether there was one. One round trip. */
  async touch(key: string, ttl: Seconds): Promise<boolean> {
    // Without one it would be a read, which touches nothing.
    if (ttl === undefined) throw optionError('ttl', ttl, 'seconds, or Infinity')
    return (await this.#meta.get('touch', key, { touch: ttl })).kind === 'hit'
  }

  /**
   * Adds `delta` to a stored number, atomically; its ttl stays. Resolves to the new number, or
   * `undefined` where the key is missing and no `initial` was given. Wraps around at 2^64.
   *
   * @throws {@link CacheError} `ERR_NOT_A_NUMBER`, where something else is stored.
   */
  incr(
    key: string,
    delta: bigint | number = 1,
    options: CountOptions = {},
  ): Promise<bigint | undefined> {
    return this.#count('incr', key, delta, options)
  }

  /** As `incr`, downwards. Stops at 0. */
  decr(
    key: string,
    delta: bigint | number = 1,
    options: CountOptions = {},
  ): Promise<bigint | undefined> {
    return this.#count('decr', key, delta, options)
  }

  /** Every server's figures by name. Never rejects for a dead server: its answer holds the error. */
  stats(kind?: StatsKind): Promise<ServerAnswer<Record<string, string>>[]> {
    return askStats(this.#router, kind)
  }

  /** Every server's version. Never rejects for a dead server: its answer holds the error. */
  version(): Promise<ServerAnswer<string>[]> {
    return askVersion(this.#router)
  }

  /**
   * Empties every server, whoever's items they are, now or `delay` seconds from now. Never rejects
   * for a dead server: its answer holds the error.
   */
  flush(options: { delay?: Seconds } = {}): Promise<ServerAnswer<true>[]> {
    return flushServers(this.#router, options.delay, this.#options.clock)
  }

  /**
   * Lists keys, server after server, over a connection of its own. Walks all items of a server: for
   * tools and rare clean-ups. No snapshot: what is stored meanwhile may be missing.
   *
   * @throws {@link CacheError} while it is read, where a server fails or does not allow it.
   */
  keys(options: KeysOptions = {}): AsyncIterable<ListedKey> {
    return listKeys(this.#router, options, this.#options)
  }

  /** Deletes what {@link MemcachedClient.keys} listed, where it was listed. One round trip. */
  async deleteListed(listed: ListedKey): Promise<boolean> {
    const wire = wireOf(listed)
    if (wire === undefined) {
      throw optionError('listed', listed, 'an object that `keys` yielded, its key safe to send')
    }
    return (await this.#router.deleteOn(listed.server, wire, readDelete)) === 'deleted'
  }

  /** The server that holds `key`, by its name in `servers`. */
  serverOf(key: string): string {
    return this.#router.serverOf(key).name
  }

  /**
   * Takes no more commands and resolves once those under way are settled and the sockets told to
   * close: after the timeouts at the latest.
   */
  close(): Promise<void> {
    return this.#router.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #store(
    mode: 'set' | 'add' | 'replace',
    key: string,
    value: string | Uint8Array,
    { ttl, flags }: StoreOptions,
  ): Promise<boolean> {
    const reply = await this.#meta.set(mode, key, bytesOf(value), { ttl, flags, mode })
    return reply.kind === 'stored'
  }

  async #count(
    mode: 'incr' | 'decr',
    key: string,
    delta: bigint | number,
    { initial, ttl }: CountOptions,
  ): Promise<bigint | undefined> {
    const reply = await this.#meta.arithmetic(mode, key, {
      mode,
      delta: counted('delta', delta),
      initial: initial === undefined ? undefined : counted('initial', initial),
      ttl,
    })
    if (reply.kind === 'not-a-number') {
      throw new CacheError('ERR_NOT_A_NUMBER', `\`${mode}\` found something that is no number.`)
    }
    return reply.kind === 'value' ? reply.value : undefined
  }
}

function isOptions(
  servers: string | readonly string[] | MemcachedOptions,
): servers is MemcachedOptions {
  return typeof servers === 'object' && servers !== null && !Array.isArray(servers)
}
