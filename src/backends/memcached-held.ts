import type { Entry, LeaseToken } from '../cache/backend.ts'
import type { CasToken, MemcachedClient, MetaGetReply, MetaHit } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import type { ValueCodec } from '../codec/value-codec.ts'
import type { Seconds } from '../units.ts'
import { type Companions, EARLY } from './memcached-companion.ts'
import { computedItemOf, PLACEHOLDER } from './memcached-item.ts'
import type { LargeItems } from './memcached-large.ts'

/**
 * Where the right to compute sits:
 *
 * - of a key with nothing of use under it, on the key itself, as an empty item;
 * - of a value, which must stay readable, on its companion.
 */
export interface Token extends LeaseToken {
  /** Of the item under the key. A fill lands only over this version of it. */
  readonly cas: CasToken
  /** Of the companion, where there is one. */
  readonly companion: CasToken | undefined
  /**
   * Whether the item may live longer on the server than it is of use. Not so a fresh one without a
   * header, which is fresh for as long as it lives.
   */
  readonly mayOutlive: boolean
}

/** What a process does with a lease of {@link MemcachedLeases} that it has. */
export class HeldLeases {
  readonly #client: MemcachedClient
  readonly #codec: ValueCodec
  readonly #clock: Clock
  readonly #large: LargeItems
  readonly #companions: Companions

  constructor(
    client: MemcachedClient,
    codec: ValueCodec,
    clock: Clock,
    large: LargeItems,
    companions: Companions,
  ) {
    this.#client = client
    this.#codec = codec
    this.#clock = clock
    this.#large = large
    this.#companions = companions
  }

  async renew(token: LeaseToken, leaseFor: Seconds): Promise<LeaseToken | undefined> {
    const { key, cas, companion, mayOutlive } = token as Token
    if (companion === undefined) {
      const renewed = await this.place(key, leaseFor, cas)
      return renewed && heldOnKey(key, renewed)
    }
    const [renewed, item] = await Promise.all([
      this.#companions.hold(key, companion, leaseFor),
      this.#client.metaGet(key, { cas: true, ttl: true, noBump: true }),
    ])
    if (renewed === undefined) return undefined
    const kept: Token = { key, cas, companion: renewed, mayOutlive }
    if (isVersion(item, cas) && (await this.outlive(kept, item, leaseFor))) return kept
    // What is there now may become stale as well, and must not wait for this lease to end.
    await this.#companions.release(key, renewed)
    return undefined
  }

  async fill(token: LeaseToken, entry: Entry): Promise<boolean> {
    const { key, cas } = token as Token
    const item = computedItemOf(this.#codec, key, entry, this.#clock.now())
    if (item.ttl <= 0) {
      await this.release(token)
      return false
    }
    if (this.#large.takes(item)) {
      const isStored = await this.#large.replace(key, item, cas)
      await this.#releaseCompanion(token as Token)
      return isStored
    }
    const { flags, ttl } = item
    const storing = this.#client.metaSet(key, item.bytes, { flags, ttl, compareCas: cas })
    // Behind the value on the same connection: who wins the companion next sees the value.
    const releasing = this.#releaseCompanion(token as Token)
    const [stored] = await Promise.all([storing, releasing])
    return stored.kind === 'stored'
  }

  async release(token: LeaseToken): Promise<void> {
    const { key, cas, companion } = token as Token
    if (companion === undefined) await this.#client.metaDelete(key, { compareCas: cas })
    else await this.#companions.release(key, companion)
  }

  async backOff(token: LeaseToken, seconds: Seconds): Promise<void> {
    const { key, cas, companion } = token as Token
    if (companion === undefined || seconds <= 0) await this.release(token)
    else await this.#companions.fail(key, companion, cas, seconds)
  }

  /** Puts a placeholder over one version of an item. `undefined`: it was changed first. */
  async place(key: string, leaseFor: Seconds, compareCas: CasToken): Promise<CasToken | undefined> {
    const options = { ttl: leaseFor + EARLY, compareCas, returnCas: true }
    const reply = await this.#client.metaSet(key, PLACEHOLDER, options)
    return reply.kind === 'stored' ? reply.cas : undefined
  }

  /**
   * Lets an item live as long as the lease on it, or the new value would find nothing to compare
   * with. Its own header still says when it is of no use. `false`: it was changed meanwhile.
   */
  async outlive(
    { key, cas, mayOutlive }: Token,
    { ttl = 0 }: MetaHit,
    leaseFor: Seconds,
  ): Promise<boolean> {
    const needed = leaseFor + 2 * EARLY
    if (!mayOutlive || ttl >= needed) return true
    return isVersion(await this.#client.metaGet(key, { touch: needed, cas: true }), cas)
  }

  async #releaseCompanion({ key, companion }: Token): Promise<void> {
    if (companion !== undefined) await this.#companions.release(key, companion)
  }
}

export function heldOnKey(key: string, cas: CasToken): Token {
  return { key, cas, companion: undefined, mayOutlive: false }
}

/** Whether an item was found, in the state that `mark` stands for. */
export function isVersion(hit: MetaGetReply, mark: unknown): hit is MetaHit & { cas: CasToken } {
  if (hit.kind === 'miss' || hit.cas === undefined) return false
  const { value, connection } = (mark ?? {}) as Partial<CasToken>
  return hit.cas.value === value && hit.cas.connection === connection
}
