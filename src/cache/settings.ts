import { optionError } from '../errors.ts'
import { type Duration, type Milliseconds, parseDuration, type Seconds } from '../units.ts'
import { checkKeyPrefix, checkVersion, djangoKey, type KeyFunction, type Version } from './keys.ts'

/** How a `Cache` names, keeps and expires what it is given. */
export interface CacheOptions {
  /**
   * Lifetime of an entry that is stored without one. `Infinity`: it never expires.
   *
   * @default 300
   */
  readonly ttl?: Duration
  /**
   * First part of every key, so that several sites can share a server. At most 100 characters of
   * `!` to `~`, without `:`, and not starting with `reprise#`.
   *
   * @default ''
   */
  readonly keyPrefix?: string
  /**
   * Second part of every key. Raising it leaves all old entries behind, unread.
   *
   * @default 1
   */
  readonly version?: Version
  /**
   * Makes the whole key, in place of `keyPrefix:version:key`. It must give different keys different
   * names. `clear()` cannot be used with it.
   */
  readonly keyFunction?: KeyFunction | undefined
  /**
   * What an outage looks like: a miss, or a rejection with a `CacheError`. Either way it is
   * published on `reprise:error`.
   *
   * @default 'miss'
   */
  readonly onFailure?: 'miss' | 'throw'
  /**
   * How long `getOrSet` waits for a computation in another process before it computes for itself.
   *
   * @default 3000
   */
  readonly waitMs?: Milliseconds
  /**
   * How long the right to compute a key outlives a process that died with it. It is renewed while a
   * computation runs, so it is no limit to that. Whole seconds.
   *
   * @default 10
   */
  readonly leaseFor?: Seconds
}

/** {@link CacheOptions} with the holes filled. The code behind a `Cache` reads only this. */
export interface ResolvedSettings {
  readonly ttl: Seconds
  readonly keyPrefix: string
  readonly version: Version
  readonly keyFunction: KeyFunction
  readonly onFailure: 'miss' | 'throw'
  readonly waitMs: Milliseconds
  readonly leaseFor: Seconds
}

/** What a `Cache` uses where its options are silent. */
export const CACHE_DEFAULTS: Readonly<Required<Omit<CacheOptions, 'keyFunction'>>> = Object.freeze({
  ttl: 300,
  keyPrefix: '',
  version: 1,
  onFailure: 'miss',
  waitMs: 3000,
  leaseFor: 10,
})

/** Fills the holes and checks the rest, once, so that no later code has to. */
export function resolveSettings(options: CacheOptions): ResolvedSettings {
  const d = CACHE_DEFAULTS
  // Not a spread: a caller's explicit `undefined` is a hole too.
  const onFailure = options.onFailure ?? d.onFailure
  if (onFailure !== 'miss' && onFailure !== 'throw') {
    throw optionError('onFailure', onFailure, "'miss' or 'throw'")
  }
  const keyFunction = options.keyFunction ?? djangoKey
  if (typeof keyFunction !== 'function') {
    throw optionError('keyFunction', keyFunction, 'a function of key, keyPrefix and version')
  }
  return Object.freeze({
    ttl: parseDuration('ttl', options.ttl ?? d.ttl),
    keyPrefix: checkKeyPrefix(options.keyPrefix ?? d.keyPrefix),
    version: checkVersion(options.version ?? d.version),
    keyFunction,
    onFailure,
    waitMs: checkWaitMs(options.waitMs ?? d.waitMs),
    leaseFor: checkLeaseFor(options.leaseFor ?? d.leaseFor),
  })
}

export function checkWaitMs(waitMs: Milliseconds): Milliseconds {
  if (typeof waitMs === 'number' && waitMs >= 0) return waitMs
  throw optionError('waitMs', waitMs, 'milliseconds, 0 or more')
}

export function checkLeaseFor(leaseFor: Seconds): Seconds {
  // A day: longer than any computation that a reader could wait for.
  if (Number.isInteger(leaseFor) && leaseFor >= 1 && leaseFor <= 86_400) return leaseFor
  throw optionError('leaseFor', leaseFor, 'whole seconds from 1 to 86400')
}
