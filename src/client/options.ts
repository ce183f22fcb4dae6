import type { LookupFunction } from 'node:net'
import { type Clock, systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import { parseServers, type ServerAddress, type ServerEntry } from '../net/address.ts'
import { type Credentials, Login } from '../net/login.ts'
import { resolveTls, type TlsOptions, type TlsSetup } from '../net/tls-options.ts'
import type { Bytes, Milliseconds, Seconds } from '../units.ts'
import {
  CHUNKING_DEFAULTS,
  type Chunking,
  type ChunkingOptions,
  resolveChunking,
} from './chunks/chunking.ts'
import {
  type DiscoveryOptions,
  type ResolvedDiscovery,
  resolveDiscovery,
} from './discovery/discovery-options.ts'
import { HASHINGS, type Hashing } from './hashing/hashing.ts'
import { type GutterOptions, type ResolvedGutter, resolveGutter } from './routing/gutter-options.ts'
import type { OnFailure } from './routing/outage.ts'
import type { ReplayOverflow } from './routing/replay.ts'

/** How a `MemcachedClient` finds its servers, how long it waits and how much it holds. */
export interface MemcachedOptions extends ChunkingOptions {
  /**
   * A list, or one string split on `,` or `;`. Each is `host`, `host:port` (11211 if left out),
   * `[v6]`, `[v6]:port`, `unix:/path` or `/path`. Every key lives on one of them, chosen by the
   * key; the order does not matter. A server with more room gets more keys by its weight:
   * `10.0.0.1:11211*2`, or in a list `{ server: '10.0.0.1:11211', weight: 2 }`.
   */
  readonly servers?: string | readonly ServerEntry[]
  /**
   * Where the servers are learnt from, instead of `servers`: DNS or an ElastiCache cluster. As text:
   * `'dns:name:port'`, `'srv:name'`, `'elasticache:host:port'`.
   */
  readonly discovery?: DiscoveryOptions | string
  /**
   * How a key finds its server; all clients of a fleet must agree. `'rendezvous'` is pymemcache's,
   * `'ketama'` libmemcached's (pylibmc's `ketama_weighted`, PHP's `OPT_LIBKETAMA_COMPATIBLE`).
   *
   * @default 'rendezvous'
   */
  readonly hashing?: Hashing
  /**
   * Lifetime of an item that is stored without one. `Infinity`: it never expires.
   *
   * @default 300
   */
  readonly ttl?: Seconds
  /**
   * For a connection to be open and greeted.
   *
   * @default 1000
   */
  readonly connectTimeoutMs?: Milliseconds
  /**
   * For one command, from the end of the event loop's turn that issued it to its answer. When it passes, the
   * connection is closed and whatever was in flight on it fails.
   *
   * @default 500
   */
  readonly timeoutMs?: Milliseconds
  /**
   * Connections to each server. One carries what a server's core can serve, and more divide the
   * batches that make it cheap; a second one helps where large values hold up small ones. Every
   * key has its one, so that its commands stay in order.
   *
   * @default 1
   */
  readonly connections?: number
  /**
   * Commands per connection that wait to be sent or answered. More are refused at once with
   * `ERR_OVERLOADED`.
   *
   * @default 10000
   */
  readonly maxPending?: number
  /**
   * Of the values of those commands, per connection.
   *
   * @default 67108864
   */
  readonly maxPendingBytes?: Bytes
  /**
   * The largest value that is sent; a longer one is split (`chunked`), or refused with
   * `ERR_VALUE_TOO_LARGE` and the key is deleted, so that no old value stays. Replies may be 1 KiB longer; a longer one closes the
   * connection. Raise it together with the server's `-I`.
   *
   * @default 1048576
   */
  readonly maxValueBytes?: Bytes
  /**
   * Keys per connection whose failed writes are remembered, to be deleted before that server is read
   * again.
   *
   * @default 100000
   */
  readonly maxReplays?: number
  /**
   * What is done where `maxReplays` is exceeded; either is reported on `reprise:error`. `'flush'`: the
   * server is emptied (`flush_all`) before this process reads it again, whoever's items they are, so
   * that no old value is taken for a new one. `'forget'`: the oldest key is forgotten, and an old
   * value may stay until it expires; for servers that are shared with what must not lose its items.
   *
   * @default 'flush'
   */
  readonly replayOverflow?: ReplayOverflow
  /**
   * What an outage looks like to callers: `ERR_CONNECTION`, `ERR_TIMEOUT`, `ERR_PROTOCOL`, `ERR_SERVER`
   * or `ERR_OVERLOADED`. `'miss'`: reads find nothing, writes answer as if they had changed nothing,
   * and each failure is published on `reprise:error`. `'throw'`: the call rejects. What was wrong with
   * the call, `ERR_AUTH`, an abort, and every `meta…` call reject either way; so do `incr` and `decr`,
   * which have no number to give.
   *
   * @default 'miss'
   */
  readonly onFailure?: OnFailure
  /** Servers that take the keys of one that is out, for a few seconds. Default: none, its keys miss. */
  readonly gutter?: GutterOptions
  /**
   * Encrypts every connection: `true` for servers whose certificates Node trusts, else how. A server
   * that cannot prove to be the one it was asked for is `ERR_CONNECTION`. Default: without TLS.
   */
  readonly tls?: boolean | TlsOptions
  /**
   * Logs in on every connection, for servers started with `-Y`; in clear text, so use it with `tls`
   * where the network is not yours. Refused, or missing where a server wants it: `ERR_AUTH`.
   */
  readonly auth?: Credentials
  /** Resolves host names, as `dns.lookup` does, on every connect. Default: `dns.lookup`. */
  readonly lookup?: LookupFunction
  /** Default: the system's. Deadlines on the network are always the system's. */
  readonly clock?: Clock
  /** 0 to 1, for the jitter of the back-off. Default: `Math.random`. */
  readonly random?: () => number
}

/** {@link MemcachedOptions} with the holes filled and the servers parsed. */
export interface ResolvedMemcachedOptions {
  /** None where they are discovered. */
  readonly servers: readonly ServerAddress[]
  readonly discovery: ResolvedDiscovery | undefined
  readonly hashing: Hashing
  readonly ttl: Seconds
  readonly connectTimeoutMs: Milliseconds
  readonly timeoutMs: Milliseconds
  readonly connections: number
  readonly maxPending: number
  readonly maxPendingBytes: Bytes
  readonly maxValueBytes: Bytes
  /** `undefined`: values are not split. */
  readonly chunking: Chunking | undefined
  readonly maxReplays: number
  readonly replayOverflow: ReplayOverflow
  readonly onFailure: OnFailure
  readonly gutter: ResolvedGutter | undefined
  readonly tls: TlsSetup | undefined
  readonly login: Login | undefined
  readonly lookup: LookupFunction | undefined
  readonly clock: Clock
  readonly random: () => number
}

/** What a `MemcachedClient` uses where its options are silent. */
export const MEMCACHED_DEFAULTS: Readonly<
  Required<
    Omit<
      MemcachedOptions,
      'servers' | 'discovery' | 'gutter' | 'tls' | 'auth' | 'lookup' | 'clock' | 'random'
    >
  >
> = Object.freeze({
  hashing: 'rendezvous',
  ttl: 300,
  connectTimeoutMs: 1000,
  timeoutMs: 500,
  connections: 1,
  maxPending: 10_000,
  maxPendingBytes: 67_108_864,
  maxValueBytes: 1_048_576,
  ...CHUNKING_DEFAULTS,
  maxReplays: 100_000,
  replayOverflow: 'flush',
  onFailure: 'miss',
})

// The largest value that memcached's `-I` allows.
const MAX_ITEM: Bytes = 1024 ** 3
// Node's timers take a signed 32-bit number.
const MAX_TIMER: Milliseconds = 2 ** 31 - 1

const OPTIONS = [
  'servers',
  'discovery',
  'gutter',
  'tls',
  'auth',
  'lookup',
  'clock',
  'random',
  ...Object.keys(MEMCACHED_DEFAULTS),
]

/** What a constructor takes: servers alone, or all options. */
export function optionsOf(
  servers: string | readonly ServerEntry[] | MemcachedOptions,
): MemcachedOptions {
  const isOptions = typeof servers === 'object' && servers !== null && !isList(servers)
  return isOptions ? servers : { servers }
}

function isList(servers: object): servers is readonly ServerEntry[] {
  return Array.isArray(servers)
}

/** Fills the holes and checks the rest, once, so that no later code has to. */
export function resolveMemcachedOptions(options: MemcachedOptions): ResolvedMemcachedOptions {
  const d = MEMCACHED_DEFAULTS
  checkOptions('the options of a MemcachedClient', options, OPTIONS)
  const whole = (
    name:
      | 'connectTimeoutMs'
      | 'timeoutMs'
      | 'connections'
      | `max${'Pending' | 'PendingBytes' | 'ValueBytes' | 'Replays'}`,
    max: number,
  ): number => {
    // Not a spread: a caller's explicit `undefined` is a hole too.
    const value = options[name] ?? d[name]
    if (Number.isInteger(value) && value >= 1 && value <= max) return value
    throw optionError(name, value, `a whole number from 1 to ${max}`)
  }
  const ttl = options.ttl ?? d.ttl
  if (typeof ttl !== 'number' || !(ttl > 0)) {
    throw optionError('ttl', ttl, 'seconds above 0, or Infinity')
  }
  const hashing = options.hashing ?? d.hashing
  const replayOverflow = options.replayOverflow ?? d.replayOverflow
  if (replayOverflow !== 'flush' && replayOverflow !== 'forget') {
    throw optionError('replayOverflow', replayOverflow, "'flush' or 'forget'")
  }
  const onFailure = options.onFailure ?? d.onFailure
  if (onFailure !== 'miss' && onFailure !== 'throw') {
    throw optionError('onFailure', onFailure, "'miss' or 'throw'")
  }
  if (!HASHINGS.includes(hashing)) {
    throw optionError('hashing', hashing, `one of ${HASHINGS.join(', ')}`)
  }
  const place = resolvePlace(options)
  const limits = {
    maxPending: whole('maxPending', Number.MAX_SAFE_INTEGER),
    maxPendingBytes: whole('maxPendingBytes', Number.MAX_SAFE_INTEGER),
    maxValueBytes: whole('maxValueBytes', MAX_ITEM),
  }
  return {
    ...place,
    ...limits,
    hashing,
    ttl,
    connectTimeoutMs: whole('connectTimeoutMs', MAX_TIMER),
    timeoutMs: whole('timeoutMs', MAX_TIMER),
    connections: whole('connections', 100),
    chunking: resolveChunking(options, limits),
    maxReplays: whole('maxReplays', Number.MAX_SAFE_INTEGER),
    replayOverflow,
    onFailure,
    gutter: resolveGutter(options.gutter, place.servers),
    tls: resolveTls(options.tls),
    login: options.auth === undefined ? undefined : new Login(options.auth),
    lookup: options.lookup,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}

function resolvePlace({
  servers,
  discovery,
}: MemcachedOptions): Pick<ResolvedMemcachedOptions, 'servers' | 'discovery'> {
  if (discovery === undefined) return { servers: parseServers(servers), discovery: undefined }
  if (servers === undefined) return { servers: [], discovery: resolveDiscovery(discovery) }
  throw optionError('servers', servers, 'left out where there is a `discovery`')
}
