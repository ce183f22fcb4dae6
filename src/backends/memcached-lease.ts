import type { Entry, LeaseRead, LeaseToken } from '../cache/backend.ts'
import type { CasToken, MemcachedClient, MetaGetReply, MetaHit } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { LostLeases } from './lost-leases.ts'
import { computedItemOf, PLACEHOLDER, type ReadItem, readItem } from './memcached-item.ts'

/**
 * Where the right to compute sits:
 *
 * - of a key with nothing of use under it, on the key itself, as an empty item;
 * - of a stale value, which must stay readable, on a companion key on the same server.
 */
interface Token extends LeaseToken {
  /** Of the item under the key. A fill lands only over this version of it. */
  readonly cas: CasToken
  /** Of the companion, where there is one. */
  readonly companion: CasToken | undefined
}

const COMPANION = 'reprise#lease:'

// The server counts in ticks of whole seconds: what is to live for 1 may be gone at once.
const EARLY: Seconds = 1

// Each turn means that somebody else changed the key between two of our commands.
const MAX_TURNS = 4

/**
 * The leases of {@link MemcachedBackend}. Source of the mechanism: memcached doc/protocol.txt,
 * "Meta Get", flags `N` and `c`; "Meta Set", flag `C`.
 */
export class MemcachedLeases {
  readonly #client: MemcachedClient
  readonly #clock: Clock
  readonly #lost: LostLeases

  constructor(client: MemcachedClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
    this.#lost = new LostLeases(clock)
  }

  /** One command where a fresh value is there, or nothing at all. */
  async lease(key: string, leaseFor: Seconds): Promise<LeaseRead> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const hit = await this.#vivify(key, leaseFor)
      // With `vivify` the server never answers with a miss, but for a lack of memory.
      if (hit.kind === 'miss') break
      const item = readItem(key, hit, this.#clock.now())
      if (item.kind === 'found' && item.found.state === 'fresh') return hitOf(item)
      if (item.kind === 'placeholder' && (hit.won || !this.#lost.take(key))) {
        return { found: undefined, token: wonBy(key, hit) }
      }
      if (item.kind === 'dead' && item.wasStale && (await this.#isRefreshed(key))) break
      const read =
        item.kind !== 'found'
          ? await this.#takeOver(key, hit, leaseFor)
          : await this.#leaseStale(key, item, leaseFor)
      if (read !== undefined) return read
    }
    return { found: undefined, token: undefined }
  }

  async #vivify(key: string, leaseFor: Seconds): Promise<MetaGetReply> {
    try {
      return await this.#client.metaGet(key, { ...READ, vivify: leaseFor + EARLY })
    } catch (error) {
      if (CacheError.is(error) && error.applied === 'unknown') this.#lost.add(key, leaseFor)
      throw error
    }
  }

  async renew(token: LeaseToken, leaseFor: Seconds): Promise<LeaseToken | undefined> {
    const { key, cas, companion } = token as Token
    if (companion === undefined) {
      const renewed = await this.#put(key, leaseFor, cas, {})
      return renewed && tokenOf(key, renewed, undefined)
    }
    const [renewed, item] = await Promise.all([
      this.#put(COMPANION + key, leaseFor, companion, { routeKey: key }),
      this.#client.metaGet(key, { cas: true, ttl: true, noBump: true }),
    ])
    if (renewed === undefined) return undefined
    if (item.kind === 'miss' || !isSame(item.cas, cas)) {
      // What is there now may become stale as well, and must not wait for this lease to end.
      await this.#releaseCompanion(tokenOf(key, cas, renewed))
      return undefined
    }
    await this.#outlive(key, item, leaseFor)
    return tokenOf(key, cas, renewed)
  }

  async fill(token: LeaseToken, entry: Entry): Promise<boolean> {
    const { key, cas } = token as Token
    const item = computedItemOf(key, entry, this.#clock.now())
    if (item.ttl <= 0) {
      await this.release(token)
      return false
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
    else await this.#releaseCompanion(token as Token)
  }

  /**
   * Whether somebody still refreshes a value whose stale window has ended meanwhile. Nobody can
   * begin to after this answer: who asks for the companion reads the value behind it.
   */
  async #isRefreshed(key: string): Promise<boolean> {
    const companion = await this.#client.metaGet(COMPANION + key, { routeKey: key, noBump: true })
    return companion.kind === 'hit'
  }

  /**
   * Puts a placeholder in the place of an item that is of no use. The compare decides who wins: the
   * item had one version for all who read it. `undefined`: it was changed first.
   */
  async #takeOver(key: string, hit: MetaHit, leaseFor: Seconds): Promise<LeaseRead | undefined> {
    const cas = hit.cas && (await this.#put(key, leaseFor, hit.cas, {}))
    return cas && { found: undefined, token: tokenOf(key, cas, undefined) }
  }

  /**
   * Asks for the right to refresh a stale value. The value is read again behind the question, in
   * the same round trip: whoever had the right before may have refreshed it in between.
   */
  async #leaseStale(
    key: string,
    stale: ReadItem & { readonly kind: 'found' },
    leaseFor: Seconds,
  ): Promise<LeaseRead | undefined> {
    const options = { vivify: leaseFor + EARLY, cas: true, routeKey: key }
    const [companion, hit] = await Promise.all([
      this.#client.metaGet(COMPANION + key, options),
      this.#client.metaGet(key, { ...READ, ttl: true }),
    ])
    if (companion.kind === 'miss' || !companion.won || companion.cas === undefined)
      return hitOf(stale)
    const item = hit.kind === 'hit' ? readItem(key, hit, this.#clock.now()) : undefined
    if (hit.kind === 'hit' && hit.cas !== undefined && isStale(item)) {
      await this.#outlive(key, hit, leaseFor)
      return { found: item.found, token: tokenOf(key, hit.cas, companion.cas) }
    }
    const token = { compareCas: companion.cas, routeKey: key }
    await this.#client.metaDelete(COMPANION + key, token)
    return item?.kind === 'found' ? hitOf(item) : undefined
  }

  /**
   * Lets a stale item live as long as the lease on it, or the refreshed value would find nothing to
   * compare with. Its own header still says when it is of no use.
   */
  async #outlive(key: string, { ttl = 0 }: MetaHit, leaseFor: Seconds): Promise<void> {
    const needed = leaseFor + 2 * EARLY
    if (ttl < needed) await this.#client.metaGet(key, { touch: needed })
  }

  async #put(
    key: string,
    leaseFor: Seconds,
    compareCas: CasToken,
    route: { routeKey?: string },
  ): Promise<CasToken | undefined> {
    const options = { ttl: leaseFor + EARLY, compareCas, returnCas: true, flags: 0, ...route }
    const reply = await this.#client.metaSet(key, PLACEHOLDER, options)
    return reply.kind === 'stored' ? reply.cas : undefined
  }

  async #releaseCompanion({ key, companion }: Token): Promise<void> {
    if (companion === undefined) return
    await this.#client.metaDelete(COMPANION + key, { compareCas: companion, routeKey: key })
  }
}

const READ = Object.freeze({ value: true, flags: true, cas: true })

function hitOf({ found }: ReadItem & { readonly kind: 'found' }): LeaseRead {
  return { found, token: undefined }
}

function tokenOf(key: string, cas: CasToken, companion: CasToken | undefined): Token {
  return { key, cas, companion }
}

/** `won` is true for the one who made the placeholder; to everybody else it means: wait. */
function wonBy(key: string, hit: MetaHit): Token | undefined {
  if (!hit.won || hit.cas === undefined) return undefined
  return tokenOf(key, hit.cas, undefined)
}

function isStale(item: ReadItem | undefined): item is ReadItem & { readonly kind: 'found' } {
  return item?.kind === 'found' && item.found.state === 'stale'
}

function isSame(one: CasToken | undefined, other: CasToken): boolean {
  return one?.value === other.value && one.connection === other.connection
}
