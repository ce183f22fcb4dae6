import { type CacheContext, cacheChannel, traced } from '../channels.ts'
import type { Clock } from '../clock.ts'
import { checkValue } from '../codec/values.ts'
import { CacheError, checkOptions } from '../errors.ts'
import { type Duration, parseDuration, type Seconds } from '../units.ts'
import type { Backend, Entry, Storable } from './backend.ts'
import { checkKey, checkVersion, type Version } from './keys.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import type { ResolvedSettings } from './settings.ts'
import { SingleFlight } from './single-flight.ts'

/** Every `getOrSet` flies in one of these: what it takes for an answer differs. */
export const FLIGHT_MODES: readonly string[] = ['fresh:', 'stale:', 'error:', 'either:']

const CALL_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  add: ['ttl', 'version'],
  decr: ['initial', 'ttl', 'version'],
  get: ['allowStale', 'default', 'version'],
  getMany: ['allowStale', 'version'],
  getOrSet: ['leaseFor', 'staleIfError', 'staleWhileRevalidate', 'ttl', 'version', 'waitMs'],
  has: ['version'],
  incr: ['initial', 'ttl', 'version'],
  lookup: ['leaseFor', 'version', 'waitMs'],
  set: ['ttl', 'version'],
  setMany: ['ttl', 'version'],
  touch: ['version'],
}

/** What the parts of one `Cache` share. */
export class CacheCore {
  readonly alias: string
  readonly backend: Backend
  readonly settings: ResolvedSettings
  readonly clock: Clock
  readonly keeper: LeaseKeeper
  readonly flights: SingleFlight = new SingleFlight()
  /**
   * Of every computation that runs. Each has a signal of its own: on a shared one, which outlives
   * them all, the listeners of 500 computations would pile up.
   */
  readonly computing: Set<AbortController> = new Set<AbortController>()
  readonly #closing = new AbortController()

  constructor(alias: string, backend: Backend, settings: ResolvedSettings, clock: Clock) {
    this.alias = alias
    this.backend = backend
    this.settings = settings
    this.clock = clock
    this.keeper = new LeaseKeeper(clock)
  }

  /** Aborts when the cache is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    const reason = new CacheError('ERR_CLOSED', `The cache \`${this.alias}\` was closed.`)
    this.#closing.abort(reason)
    for (const controller of this.computing) controller.abort(reason)
    this.flights.forgetAll()
  }

  /** Runs one method: refuses after `close`, publishes on `reprise:cache`. */
  call<T>(
    operation: string,
    keyCount: number,
    run: (context: CacheContext | undefined) => Promise<T>,
  ): Promise<T> {
    if (this.#closing.signal.aborted) {
      const message = `\`${operation}\` was called on the cache \`${this.alias}\`, which is closed.`
      return Promise.reject(new CacheError('ERR_CLOSED', message))
    }
    return traced(cacheChannel, () => ({ alias: this.alias, operation, keyCount }), run)
  }

  /** The whole key, as the backend is given it. */
  key(key: string, version: Version | undefined): string {
    const { keyFunction, keyPrefix, version: ours } = this.settings
    const which = version === undefined ? ours : checkVersion(version)
    return checkKey(keyFunction(checkKey(key), keyPrefix, which))
  }

  /** Refuses what is no options object, such as Django's bare timeout, or names nobody reads. */
  options(operation: string, options: object): void {
    checkOptions(`the options of \`${operation}\``, options, CALL_OPTIONS[operation] ?? [])
  }

  ttl(ttl: Duration | undefined): Seconds {
    return ttl === undefined ? this.settings.ttl : parseDuration('ttl', ttl)
  }

  /** The entry of a value that the caller has at hand. A backend checks the value as it keeps it. */
  entry(value: Storable, ttl: Seconds): Entry {
    if (value === undefined || ttl <= 0) checkValue(value)
    return { value, createdAtMs: this.clock.now(), ttl, staleFor: 0 }
  }

  /** Makes a write of `key` seen by `getOrSet`: who comes after it joins no run from before it. */
  async changing<T>(keys: readonly string[], write: () => Promise<T>): Promise<T> {
    for (const key of keys) this.flights.forget(FLIGHT_MODES, key)
    try {
      return await write()
    } finally {
      for (const key of keys) this.flights.forget(FLIGHT_MODES, key)
    }
  }
}
