import { type CacheContext, cacheChannel, traced } from '../channels.ts'
import { copyValue } from '../codec/copy.ts'
import { CacheError } from '../errors.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import type { Entry, LeaseToken, Storable, TagVersions } from './backend.ts'
import type { CacheCore } from './core.ts'
import { noteFailure, publishFailure } from './failure.ts'
import { type LeaseFillOptions, parseWindow } from './fill-options.ts'
import { type FillTags, withCarried } from './fill-tags.ts'
import { checkTags } from './tags.ts'

/**
 * The right to compute one key. Others wait for its holder, so end it: by {@link Lease.fill},
 * {@link Lease.release} or {@link Lease.backOff}. Until then it renews itself, also in the fleet's
 * eyes; a process that dies loses it after `leaseFor`.
 */
export class Lease {
  readonly leaseFor: Seconds
  readonly #core: CacheCore
  readonly #isRefresh: boolean
  #tags: FillTags
  readonly #lost = new AbortController()
  #createdAtMs: Milliseconds
  #token: LeaseToken | undefined
  #renewing: Promise<void> | undefined

  /** @internal */
  constructor(
    core: CacheCore,
    token: LeaseToken,
    options: {
      readonly leaseFor: Seconds
      /** There is an old value under the key. */
      readonly isRefresh: boolean
      readonly tags: FillTags
    },
  ) {
    this.#core = core
    this.#isRefresh = options.isRefresh
    this.#tags = options.tags
    this.#token = token
    this.leaseFor = options.leaseFor
    this.#createdAtMs = core.clock.now()
    core.keeper.keep(this)
  }

  /** When it was won and prepared: the age of what is filled in counts from here. */
  get createdAtMs(): Milliseconds {
    return this.#createdAtMs
  }

  /** Aborts when it is known that a value could not be stored any more. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * The versions that the tags named with the key had when the lease was won: what is stored with
   * the value, and what a value that is made of it carries. `'unknown'`: one could not be read, so
   * the value is going to be refused.
   */
  get tags(): TagVersions | 'unknown' | undefined {
    return this.#tags.known()
  }

  /**
   * Makes ready what must be so before the computation starts: tags without a version get one, `tags`
   * that were not named when it was won are read, and with `lateTags` more may be named when it ends.
   * One round trip for both. Never rejects; after an outage `fill` refuses.
   * `undefined`: nothing is to be done. No round trip then, and nothing to wait for, so that who reads
   * at the same time finds what the winner does next.
   *
   * @internal
   */
  prepare({
    lateTags = false,
    tags = [],
  }: {
    readonly lateTags?: boolean
    readonly tags?: readonly string[]
  } = {}): Promise<void> | undefined {
    return this.#tags.prepare(lateTags, this.#report, tags)?.then(() => {
      this.#createdAtMs = this.#core.clock.now()
    })
  }

  /**
   * Stores under this key what is computed under another one's lease: its age and the versions of its
   * tags count from there.
   *
   * @internal
   */
  continue(from: Lease): void {
    this.#createdAtMs = from.#createdAtMs
    this.#tags = from.#tags
  }

  /**
   * Stores what was computed, unless the key was deleted, set or invalidated since the lease was
   * won: the server refuses it then. The value is copied. One round trip; with late tags three.
   *
   * Resolves to whether it was stored. An outage is published on `reprise:error` and is `false`.
   *
   * @throws {@link CacheError} `ERR_VALUE_INVALID`, `ERR_OPTION_INVALID`. The lease is over then, too.
   */
  async fill(value: Storable, options: LeaseFillOptions = {}): Promise<boolean> {
    try {
      const ttl = this.#core.ttl(options.ttl)
      const staleFor = Math.max(
        parseWindow('staleWhileRevalidate', options.staleWhileRevalidate),
        parseWindow('staleIfError', options.staleIfError),
      )
      const { etag } = options
      const names = options.tags === undefined ? undefined : checkTags(options.tags)
      const entry = { value, createdAtMs: this.createdAtMs, ttl, staleFor, etag }
      return await this.#fill(entry, names, options.carries)
    } finally {
      await this.release()
    }
  }

  /** Gives the right up, so that the next caller wins it at once. Safe to call at any time. */
  async release(): Promise<void> {
    const token = await this.#end()
    if (token !== undefined) await this.#quietly('release', () => this.#core.backend.release(token))
  }

  /**
   * Gives the right up after a failure: where an old value is there, nobody in the fleet wins it for
   * `seconds`. Safe to call at any time.
   */
  async backOff(seconds: Seconds): Promise<void> {
    const token = await this.#end()
    if (token === undefined) return
    await this.#quietly('backOff', () => this.#core.backend.backOff(token, seconds))
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

  async #fill(
    given: Entry,
    names: readonly string[] | undefined,
    carries: TagVersions | undefined,
  ): Promise<boolean> {
    const resolving = given.ttl > 0 ? this.#tags.resolve(names, this.#report) : undefined
    // At once, or a copy: what the caller changes while we wait must not be stored.
    const waits = this.#renewing !== undefined || resolving instanceof Promise
    const entry = waits ? { ...given, value: copyValue(given.value).value as Storable } : given
    const own = resolving instanceof Promise ? await resolving : resolving
    const tags = carries === undefined ? own : withCarried(own, carries)
    const token = this.#renewing === undefined ? this.#take() : await this.#end()
    if (token === undefined) return false
    if (given.ttl <= 0) {
      await this.#discard(token)
      return false
    }
    return this.#store(token, tags === 'unknown' ? undefined : { ...entry, tags })
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

  /** Without an entry it is refused. */
  #store(token: LeaseToken, entry: Entry | undefined): Promise<boolean> {
    const { alias, backend, tags } = this.#core
    return traced(
      cacheChannel,
      (): CacheContext => ({ alias, operation: 'fill', keyCount: 1 }),
      async (context) => {
        try {
          const isStored = entry !== undefined && (await backend.fill(token, entry))
          if (entry === undefined) await backend.release(token)
          else if (isStored && entry.tags !== undefined) tags.remember(token.key, entry.tags)
          if (context !== undefined) context[isStored ? 'stored' : 'refused'] = 1
          return isStored
        } catch (error) {
          await this.#quietly('release', () => backend.release(token))
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

  readonly #report = (error: unknown): void => publishFailure(this.#core, 'tags', error)

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
