import { CacheError, optionError } from '../../errors.ts'
import type { CasToken } from '../../protocol/command.ts'
import type { Seconds } from '../../units.ts'
import { wholeHit } from '../chunks/chunked-reading.ts'
import { ChunkedWrite } from '../chunks/chunked-storing.ts'
import { checkFlags, isLarge } from '../chunks/large-values.ts'
import { Instead } from '../routing/outage.ts'
import type { CallOptions } from '../routing/router.ts'
import { readDeleted, readGet, readStored } from './answers.ts'
import type { Item, ItemWithCas, StoreOptions } from './item.ts'
import type { MetaCommands } from './meta.ts'
import type { MetaGetReply } from './meta-replies.ts'
import { CALL_OPTIONS, checkOptionNames, optionNames } from './option-names.ts'
import { ownBytes } from './values.ts'

/** How to ask for a value or for the right to compute it. */
export interface GetOrLeaseOptions extends CallOptions {
  /**
   * How long the others wait for who won and does not fill. Above the longest computation: a lease
   * that has ended is filled no more.
   *
   * @default 10
   */
  readonly leaseFor?: Seconds | undefined
}

/** What `getOrLease` does where its options are silent. */
export const GET_OR_LEASE_DEFAULTS: { readonly leaseFor: Seconds } = Object.freeze({ leaseFor: 10 })

/** What a key holds: a value, the right to compute one, or neither. */
export type LeaseRead =
  /** `stale`: it was marked so, and somebody else has the right to renew it. */
  | ({ readonly state: 'hit'; readonly stale: boolean } & ItemWithCas)
  /** This caller computes. `stale`: the value that was marked stale, to serve meanwhile. */
  | { readonly state: 'won'; readonly lease: KeyLease; readonly stale: Item | undefined }
  /** Somebody else computes and there is no value: ask again soon, or compute and do not store. */
  | { readonly state: 'busy' }
  /** The server is out: compute and do not store. Only with `onFailure: 'miss'`. */
  | { readonly state: 'unavailable' }

const LEASE_OPTIONS = optionNames('leaseFor')
const FILL_OPTIONS = optionNames('ttl', 'flags')
const BUSY: LeaseRead = Object.freeze({ state: 'busy' })
const UNAVAILABLE = new Instead<LeaseRead>(
  'getOrLease',
  Object.freeze({ state: 'unavailable' as const }),
)
const NOT_FILLED = new Instead('fill', false)
const NOT_RELEASED = new Instead<void>('release', undefined)

// Each turn means that a value which was split had lost a part, and was deleted.
const MAX_TURNS = 4

// The server counts in ticks of whole seconds: what is to live for 1 may be gone at once.
const EARLY: Seconds = 1

/** Source: memcached doc/protocol.txt, "Meta Get", flags `N`, `W`, `X` and `Z`. */
export async function getOrLease(
  meta: MetaCommands,
  key: string,
  options: GetOrLeaseOptions,
): Promise<LeaseRead> {
  checkOptionNames('getOrLease', options, LEASE_OPTIONS)
  const { leaseFor = GET_OR_LEASE_DEFAULTS.leaseFor, ...call } = options
  if (!(leaseFor >= 1 && leaseFor < Infinity)) {
    throw optionError('leaseFor', leaseFor, 'seconds, 1 or more')
  }
  const wanted = { ...call, value: true, flags: true, cas: true, vivify: leaseFor + EARLY }
  return meta.orInstead(UNAVAILABLE, options.signal, async () => {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const hit = await meta.get('getOrLease', key, wanted, readGet)
      const whole = await wholeHit(meta, { operation: 'getOrLease', key, ...call }, hit)
      if (whole !== undefined) return leaseOf(meta, key, whole, options.routeKey)
    }
    return BUSY
  })
}

function leaseOf(
  meta: MetaCommands,
  key: string,
  hit: MetaGetReply,
  routeKey: string | undefined,
): LeaseRead {
  // With `vivify` the server never answers with a miss, but for a lack of memory.
  if (hit.kind === 'miss' || hit.value === undefined || hit.cas === undefined) return BUSY
  const { value, flags, cas, stale } = hit
  const isPlaceholder = value.length === 0 && flags === 0
  if (hit.won) {
    const lease = new KeyLease(meta, key, cas, !isPlaceholder, routeKey)
    return { state: 'won', lease, stale: isPlaceholder ? undefined : { value, flags } }
  }
  return isPlaceholder ? BUSY : { state: 'hit', value, flags, cas, stale }
}

/**
 * The right to compute the value of one key. Whatever is stored, deleted or marked stale under the
 * key ends it, and so does the end of the connection that gave it: a fill is refused then.
 *
 * @example Fill it, or leave the block and let the next caller compute
 * ```ts
 * import { MemcachedClient } from 'reprise/memcached'
 *
 * const client = new MemcachedClient('127.0.0.1:11211')
 * const read = await client.getOrLease('rates')
 * if (read.state === 'won') {
 *   await using lease = read.lease
 *   await lease.fill(JSON.stringify({ eur: 1.09 }), { ttl: 60 })
 * }
 * ```
 */
export class KeyLease implements AsyncDisposable {
  readonly key: string
  readonly #meta: MetaCommands
  readonly #cas: CasToken
  readonly #hasValue: boolean
  readonly #routeKey: string | undefined
  #ended = false

  /** Comes from `getOrLease`. @internal */
  constructor(
    meta: MetaCommands,
    key: string,
    cas: CasToken,
    hasValue: boolean,
    routeKey: string | undefined,
  ) {
    this.key = key
    this.#meta = meta
    this.#cas = cas
    this.#hasValue = hasValue
    this.#routeKey = routeKey
  }

  /**
   * Stores a copy of the computed value, unless the lease has ended. Resolves to whether it did.
   * An empty value needs flags: without any it is what a lease looks like. One round trip.
   *
   * @throws {@link CacheError} as `set` does; the lease is held on then.
   */
  async fill(
    value: string | Uint8Array,
    options: Omit<StoreOptions, 'routeKey'> = {},
  ): Promise<boolean> {
    checkOptionNames('fill', options, FILL_OPTIONS)
    checkFlags(this.#meta, options.flags)
    const bytes = ownBytes(value)
    if (bytes.length === 0 && (options.flags ?? 0) === 0) {
      throw new CacheError(
        'ERR_VALUE_INVALID',
        'The value is empty and has no flags, as the item of a lease: give it `flags`.',
      )
    }
    const { ttl, flags, signal, timeoutMs } = options
    const wanted = { ttl, flags, signal, timeoutMs, ...this.#held() }
    const { chunks } = this.#meta
    return this.#meta.orInstead(NOT_FILLED, signal, async () => {
      if (chunks !== undefined && isLarge(chunks, bytes)) {
        const { compareCas, routeKey } = this.#held()
        const own = { ttl, flags, signal, timeoutMs, routeKey }
        const write = new ChunkedWrite(this.#meta, chunks, 'fill', this.key, bytes, own, 'owned')
        const end = await write.compareAndSwap(compareCas)
        this.#ended = true
        return end === 'stored'
      }
      const isStored = await this.#meta.setOwned('fill', this.key, bytes, wanted, readStored)
      this.#ended = true
      return isStored
    })
  }

  /** Gives the lease back: the next caller wins it. No effect on one that has ended. One round trip. */
  async release(options: Omit<CallOptions, 'routeKey'> = {}): Promise<void> {
    checkOptionNames('release', options, CALL_OPTIONS)
    if (this.#ended) return
    const { signal, timeoutMs } = options
    // A value that was stale stays, and is marked so once more, which makes the next reader win.
    const invalidate = this.#hasValue || undefined
    const wanted = { signal, timeoutMs, invalidate, ...this.#held() }
    await this.#meta.orInstead(NOT_RELEASED, signal, async () => {
      await this.#meta.delete('release', this.key, wanted, readDeleted)
      this.#ended = true
    })
  }

  /** As `release`, unless it was filled. Never rejects: a lease that nobody ends ends by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => {})
  }

  #held(): { readonly compareCas: CasToken; readonly routeKey: string | undefined } {
    return { compareCas: this.#cas, routeKey: this.#routeKey }
  }
}
