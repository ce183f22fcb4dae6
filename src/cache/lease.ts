import { type CacheContext, cacheChannel, traced } from '../channels.ts'
import { copyValue } from '../codec/copy.ts'
import { CacheError } from '../errors.ts'
import { type Duration, type Milliseconds, parseDuration, type Seconds } from '../units.ts'
import type { Entry, LeaseToken, Storable } from './backend.ts'
import type { CacheCore } from './core.ts'
import { noteFailure, publishFailure } from './failure.ts'

/** How a computed value is kept. */
export interface FillOptions {
  /** Default: the alias's. 0 or less: it is not kept, and neither is an old value. */
  readonly ttl?: Duration | undefined
  /** Kept for so long after its ttl, to be served while one caller computes anew. Default: 0. */
  readonly staleWhileRevalidate?: Duration | undefined
  /** Kept for so long after its ttl, to be served where computing anew fails. Default: 0. */
  readonly staleIfError?: Duration | undefined
}

/**
 * The right to compute one key. Others wait for its holder, so end it: by {@link Lease.fill} or
 * {@link Lease.release}. Until then it renews itself, also in the fleet's eyes; a process that dies
 * loses it after `leaseFor`.
 */
export class Lease {
  /** When it was won: the age of what is filled in counts from here. */
  readonly createdAtMs: Milliseconds
  readonly leaseFor: Seconds
  readonly #core: CacheCore
  readonly #isRefresh: boolean
  readonly #lost = new AbortController()
  #token: LeaseToken | undefined
  #renewing: Promise<void> | undefined

  /** @internal */
  constructor(core: CacheCore, token: LeaseToken, leaseFor: Seconds, isRefresh: boolean) {
    this.#core = core
    this.#isRefresh = isRefresh
    this.#token = token
    this.leaseFor = leaseFor
    this.createdAtMs = core.clock.now()
    core.keeper.keep(this)
  }

  /** Aborts when it is known that a value could not be stored any more. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * Stores what was computed, unless the key was deleted, set or invalidated since the lease was
   * won: the server refuses it then. The value is copied. One round trip.
   *
   * Resolves to whether it was stored. An outage is published on `reprise:error` and is `false`.
   *
   * @throws {@link CacheError} `ERR_VALUE_INVALID`, `ERR_OPTION_INVALID`. The lease is over then, too.
   */
  async fill(value: Storable, options: FillOptions = {}): Promise<boolean> {
    try {
      const ttl = this.#core.ttl(options.ttl)
      const staleFor = Math.max(
        parseWindow('staleWhileRevalidate', options.staleWhileRevalidate),
        parseWindow('staleIfError', options.staleIfError),
      )
      // At once, or a copy: what the caller changes while a renewal ends must not be stored.
      const isRenewing = this.#renewing !== undefined
      const kept = isRenewing ? (copyValue(value).value as Storable) : value
      const token = isRenewing ? await this.#end() : this.#take()
      if (token === undefined) return false
      if (ttl <= 0) {
        await this.#discard(token)
        return false
      }
      const entry = { value: kept, createdAtMs: this.createdAtMs, ttl, staleFor }
      return await this.#store(token, entry)
    } finally {
      await this.release()
    }
  }

  /** Gives the right up, so that the next caller wins it at once. Safe to call at any time. */
  async release(): Promise<void> {
    const token = await this.#end()
    if (token !== undefined) await this.#quietly('release', () => this.#core.backend.release(token))
  }

  /** @internal */
  async renew(): Promise<boolean> {
    // A renewal changes the token, so nothing may use it before the renewal has ended.
    this.#renewing = this.#quietly('renew', async () => {
      if (this.#token === undefined) return
      this.#token = await this.#core.backend.renew(this.#token, this.leaseFor)
      if (this.#token === undefined) this.#lost.abort()
    })
    await this.#renewing
    this.#renewing = undefined
    return this.#token !== undefined
  }

  async #end(): Promise<LeaseToken | undefined> {
    this.#core.keeper.drop(this)
    await this.#renewing
    return this.#take()
  }

  #take(): LeaseToken | undefined {
    this.#core.keeper.drop(this)
    const token = this.#token
    this.#token = undefined
    return token
  }

  #store(token: LeaseToken, entry: Entry): Promise<boolean> {
    const { alias } = this.#core
    return traced(
      cacheChannel,
      (): CacheContext => ({ alias, operation: 'fill', keyCount: 1 }),
      async (context) => {
        try {
          const isStored = await this.#core.backend.fill(token, entry)
          if (context !== undefined) context[isStored ? 'stored' : 'refused'] = 1
          return isStored
        } catch (error) {
          await this.#quietly('release', () => this.#core.backend.release(token))
          noteFailure(this.#core, 'fill', error)
          return false
        }
      },
    )
  }

  // The old value would be served stale although the newest must not be kept at all.
  async #discard(token: LeaseToken): Promise<void> {
    await this.#quietly('fill', async () => {
      await this.#core.backend.release(token)
      if (this.#isRefresh) await this.#core.backend.delete(token.key)
    })
  }

  async #quietly(operation: string, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!(CacheError.is(error) && error.code === 'ERR_CLOSED')) {
        publishFailure(this.#core, operation, error)
      }
    }
  }
}

/** Returns a stale window in seconds. */
export function parseWindow(option: string, window: Duration | undefined): Seconds {
  return window === undefined ? 0 : Math.max(0, parseDuration(option, window))
}
