import type { LookupFunction } from 'node:net'
import { type Clock, systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import { parseServers, type ServerAddress } from '../net/address.ts'
import type { Bytes, Milliseconds, Seconds } from '../units.ts'

/** How a `MemcachedClient` finds its servers, how long it waits and how much it holds. */
export interface MemcachedOptions {
  /**
   * A list, or one string split on `,` or `;`. Each is `host`, `host:port` (11211 if left out),
   * `[v6]`, `[v6]:port`, `unix:/path` or `/path`. Every key lives on one of them, chosen by the
   * key; the order does not matter.
   */
  readonly servers: string | readonly string[]
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
   * For one command, from the end of the tick that issued it to its answer. When it passes, the
   * connection is closed and whatever was in flight on it fails.
   *
   * @default 500
   */
  readonly timeoutMs?: Milliseconds
  /**
   * Commands per server that wait to be sent or answered. More are refused at once with
   * `ERR_OVERLOADED`.
   *
   * @default 10000
   */
  readonly maxPending?: number
  /**
   * Of the values of those commands, per server.
   *
   * @default 67108864
   */
  readonly maxPendingBytes?: Bytes
  /**
   * The largest value that is sent; a longer one is refused with `ERR_VALUE_TOO_LARGE` and the key
   * is deleted, so that no old value stays. Replies may be 1 KiB longer; a longer one closes the
   * connection. Raise it together with the server's `-I`.
   *
   * @default 1048576
   */
  readonly maxValueBytes?: Bytes
  /**
   * Keys per server whose failed writes are remembered, to be deleted before that server is read
   * again. Beyond it the oldest is forgotten and reported on `reprise:error`.
   *
   * @default 10000
   */
  readonly maxReplays?: number
  /** Resolves host names, as `dns.lookup` does, on every connect. Default: `dns.lookup`. */
  readonly lookup?: LookupFunction
  /** Default: the system's. Deadlines on the network are always the system's. */
  readonly clock?: Clock
  /** 0 to 1, for the jitter of the back-off. Default: `Math.random`. */
  readonly random?: () => number
}

/** {@link MemcachedOptions} with the holes filled and the servers parsed. */
export interface ResolvedMemcachedOptions {
  readonly servers: readonly ServerAddress[]
  readonly ttl: Seconds
  readonly connectTimeoutMs: Milliseconds
  readonly timeoutMs: Milliseconds
  readonly maxPending: number
  readonly maxPendingBytes: Bytes
  readonly maxValueBytes: Bytes
  readonly maxReplays: number
  readonly lookup: LookupFunction | undefined
  readonly clock: Clock
  readonly random: () => number
}

/** What a `MemcachedClient` uses where its options are silent. */
export const MEMCACHED_DEFAULTS: Readonly<
  Required<Omit<MemcachedOptions, 'servers' | 'lookup' | 'clock' | 'random'>>
> = Object.freeze({
  ttl: 300,
  connectTimeoutMs: 1000,
  timeoutMs: 500,
  maxPending: 10_000,
  maxPendingBytes: 67_108_864,
  maxValueBytes: 1_048_576,
  maxReplays: 10_000,
})

// The largest value that memcached's `-I` allows.
const MAX_ITEM: Bytes = 1024 ** 3
// Node's timers take a signed 32-bit number.
const MAX_TIMER: Milliseconds = 2 ** 31 - 1

const OPTIONS = ['servers', 'lookup', 'clock', 'random', ...Object.keys(MEMCACHED_DEFAULTS)]

/** Fills the holes and checks the rest, once, so that no later code has to. */
export function resolveMemcachedOptions(options: MemcachedOptions): ResolvedMemcachedOptions {
  const d = MEMCACHED_DEFAULTS
  checkOptions('the options of a MemcachedClient', options, OPTIONS)
  const whole = (name: Exclude<keyof typeof d, 'ttl'>, max: number): number => {
    // Not a spread: a caller's explicit `undefined` is a hole too.
    const value = options[name] ?? d[name]
    if (Number.isInteger(value) && value >= 1 && value <= max) return value
    throw optionError(name, value, `a whole number from 1 to ${max}`)
  }
  const ttl = options.ttl ?? d.ttl
  if (typeof ttl !== 'number' || !(ttl > 0)) {
    throw optionError('ttl', ttl, 'seconds above 0, or Infinity')
  }
  return {
    servers: parseServers(options.servers),
    ttl,
    connectTimeoutMs: whole('connectTimeoutMs', MAX_TIMER),
    timeoutMs: whole('timeoutMs', MAX_TIMER),
    maxPending: whole('maxPending', Number.MAX_SAFE_INTEGER),
    maxPendingBytes: whole('maxPendingBytes', Number.MAX_SAFE_INTEGER),
    maxValueBytes: whole('maxValueBytes', MAX_ITEM),
    maxReplays: whole('maxReplays', Number.MAX_SAFE_INTEGER),
    lookup: options.lookup,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}
