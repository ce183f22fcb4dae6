import type { Found, LeaseRead, ReadWants } from '../cache/backend.ts'
import type { CasToken, MemcachedClient, MetaGetOptions, MetaHit } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import type { ValueCodec } from '../codec/value-codec.ts'
import { CacheError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { LostLeases } from './lost-leases.ts'
import { type Companion, Companions, EARLY } from './memcached-companion.ts'
import { HeldLeases, heldOnKey, isVersion, type Token } from './memcached-held.ts'
import { type ReadItem, readItem } from './memcached-item.ts'
import type { LargeItems } from './memcached-large.ts'

// Each turn means that somebody else changed the key between two of our commands.
const MAX_TURNS = 4

/**
 * The leases of {@link MemcachedBackend}. Source of the mechanism: memcached doc/protocol.txt,
 * "Meta Get", flags `N` and `c`; "Meta Set", flag `C`.
 */
export class MemcachedLeases {
  readonly held: HeldLeases
  readonly #client: MemcachedClient
  readonly #codec: ValueCodec
  readonly #clock: Clock
  readonly #large: LargeItems
  readonly #companions: Companions
  readonly #lost: LostLeases
  #asked: MetaGetOptions = READ

  constructor(client: MemcachedClient, codec: ValueCodec, clock: Clock, large: LargeItems) {
    this.#client = client
    this.#codec = codec
    this.#clock = clock
    this.#large = large
    this.#companions = new Companions(client)
    this.held = new HeldLeases(client, codec, clock, large, this.#companions)
    this.#lost = new LostLeases(clock)
  }

  /** One command where a fresh value is there, or nothing at all. */
  lease(key: string, leaseFor: Seconds, wants: ReadWants = NO_WANTS): Promise<LeaseRead> {
    // Not an async function, for a hit: what it sets aside while it waits costs as much as the reply.
    return this.#turn(key, leaseFor, wants, 1)
  }

  #turn(key: string, leaseFor: Seconds, wants: ReadWants, turn: number): Promise<LeaseRead> {
    return this.#client.metaGet(key, this.#vivifying(leaseFor, wants)).then(
      (hit) => {
        // With `vivify` the server never answers with a miss, but for a lack of memory.
        if (hit.kind === 'miss') return NOTHING
        const part = readItem(this.#codec, key, hit, this.#clock.now())
        if (part.kind === 'found' && part.found.state === 'fresh') return hitOf(part.found)
        return this.#leaseOf(key, leaseFor, wants, hit, part, turn)
      },
      (error: unknown) => {
        if (CacheError.is(error) && error.applied === 'unknown') this.#lost.add(key, leaseFor)
        throw error
      },
    )
  }

  async #leaseOf(
    key: string,
    leaseFor: Seconds,
    wants: ReadWants,
    hit: MetaHit,
    part: ReadItem,
    turn: number,
  ): Promise<LeaseRead> {
    const item = part.kind === 'split' ? await this.#large.read(key, hit) : part
    if (item.kind === 'found' && item.found.state === 'fresh') return hitOf(item.found)
    if (item.kind === 'placeholder' && (hit.won || !this.#lost.take(key))) {
      return { found: undefined, token: wonBy(key, hit), hasFailed: false }
    }
    const read =
      item.kind === 'found' || (item.kind === 'dead' && item.isOver)
        ? await this.#ask(key, item.kind === 'found' ? item.found : undefined, hit.cas, leaseFor)
        : await this.#takeOver(key, hit, leaseFor)
    if (read !== 'changed') return read
    return turn < MAX_TURNS ? this.#turn(key, leaseFor, wants, turn + 1) : NOTHING
  }

  leaseAgain(key: string, found: Found, leaseFor: Seconds): Promise<LeaseRead | 'changed'> {
    return this.#ask(key, found, found.mark, leaseFor)
  }

  /** One command, without the value. */
  async isCurrent(key: string, mark: unknown): Promise<boolean> {
    return isVersion(await this.#client.metaGet(key, { cas: true }), mark)
  }

  /** The same object for the same question, of which there is one for each hit. */
  #vivifying(leaseFor: Seconds, { mark = false }: ReadWants): MetaGetOptions {
    const vivify = leaseFor + EARLY
    if (mark) return { ...TIMED_READ, vivify }
    if (this.#asked.vivify !== vivify) this.#asked = { ...READ, vivify }
    return this.#asked
  }

  /**
   * Puts a placeholder in the place of an item that is of no use. The compare decides who wins: the
   * item had one version for all who read it.
   */
  async #takeOver(key: string, hit: MetaHit, leaseFor: Seconds): Promise<LeaseRead | 'changed'> {
    const cas = hit.cas && (await this.held.place(key, leaseFor, hit.cas))
    if (cas === undefined) return 'changed'
    return { found: undefined, token: heldOnKey(key, cas), hasFailed: false }
  }

  /**
   * Asks for the right to compute anew what is there, be it over by now: somebody may have begun to
   * while it was not. One round trip, without the value: its version is asked for behind the
   * companion, since whoever had that before may have stored a new value after `mark` was read.
   */
  async #ask(
    key: string,
    found: Found | undefined,
    mark: unknown,
    leaseFor: Seconds,
  ): Promise<LeaseRead | 'changed'> {
    const [companion, hit] = await Promise.all([
      this.#companions.ask(key, leaseFor),
      this.#client.metaGet(key, { cas: true, ttl: true }),
    ])
    if (isVersion(hit, mark)) return this.#answer(key, found, hit, companion, leaseFor)
    await this.#leave(key, companion)
    return 'changed'
  }

  /** What a companion says about the item that was there when it was asked. */
  async #answer(
    key: string,
    found: Found | undefined,
    hit: MetaHit & { readonly cas: CasToken },
    { won, cas: companion, failedOver }: Companion,
    leaseFor: Seconds,
  ): Promise<LeaseRead | 'changed'> {
    const { cas } = hit
    if (found !== undefined && failedOver === `${cas.value}`) {
      return { found, token: undefined, hasFailed: true }
    }
    if (companion === undefined || (!won && failedOver === undefined)) return hitOf(found)
    const mayOutlive = found?.state !== 'fresh' || found.ageMs !== undefined
    const token: Token = { key, cas, companion, mayOutlive }
    if (failedOver !== undefined) {
      // The version that failed is no longer there, or over: what was said of it is of no more use.
      const renewed = await this.held.renew(token, leaseFor)
      return renewed === undefined ? 'changed' : { found, token: renewed, hasFailed: false }
    }
    if (await this.held.outlive(token, hit, leaseFor)) return { found, token, hasFailed: false }
    await this.#companions.release(key, companion)
    return 'changed'
  }

  /** Gives back a companion that turned out to be of no use. */
  async #leave(key: string, { won, cas }: Companion): Promise<void> {
    if (won && cas !== undefined) await this.#companions.release(key, cas)
  }
}

const READ = Object.freeze({ value: true, flags: true, cas: true })
const NO_WANTS: ReadWants = Object.freeze({})

const NOTHING: LeaseRead = Object.freeze({ found: undefined, token: undefined, hasFailed: false })

const TIMED_READ = Object.freeze({ ...READ, ttl: true })

function hitOf(found: Found | undefined): LeaseRead {
  return { found, token: undefined, hasFailed: false }
}

/** `won` is true for the one who made the placeholder; to everybody else it means: wait. */
function wonBy(key: string, { won, cas }: MetaHit): Token | undefined {
  return won && cas !== undefined ? heldOnKey(key, cas) : undefined
}
