import type { Entry } from '../cache/backend.ts'
import { notANumber } from '../cache/counters.ts'
import type { CasToken, MemcachedClient, MetaHit } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import type { ValueCodec } from '../codec/value-codec.ts'
import { CacheError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { addToCounter, counted } from './counter.ts'
import { entryOf } from './entry-header.ts'
import { type Item, itemOf, type ReadItem, readItem } from './memcached-item.ts'
import type { LargeItems } from './memcached-large.ts'

/**
 * What to do about what is under a key: write an item in its place, `undefined` for none at all, or
 * stop with an answer.
 */
type Step<T> = { readonly write: Item | undefined; readonly answer: T } | { readonly stop: T }

/** What {@link MemcachedRewrites} found: a usable value, or an item or nothing in its place. */
type Current = (ReadItem & { readonly kind: 'found' }) | undefined

// Each turn means that somebody else changed the key between our read and our write.
const MAX_TURNS = 10

/**
 * Changes that the server cannot make by itself, as read, think, write over what was read.
 *
 * What sits under a key without being a value (a placeholder, an expired header) counts as nothing
 * and is written over.
 */
export class MemcachedRewrites {
  readonly #client: MemcachedClient
  readonly #codec: ValueCodec
  readonly #clock: Clock
  readonly #large: LargeItems

  constructor(client: MemcachedClient, codec: ValueCodec, clock: Clock, large: LargeItems) {
    this.#client = client
    this.#codec = codec
    this.#clock = clock
    this.#large = large
  }

  /** Stores where nothing of use is. One command, unless something is there. */
  async add(key: string, entry: Entry): Promise<boolean> {
    const write = itemOf(this.#codec, key, entry, this.#clock.now())
    const added = await this.#put(key, write, undefined)
    if (added) return true
    return this.#rewrite(key, 'add', (current) => {
      return current === undefined ? { write, answer: true } : { stop: false }
    })
  }

  /** Two commands: the old header has to be read first. */
  touch(key: string, ttl: Seconds): Promise<boolean> {
    return this.#rewrite(key, 'touch', (current) => {
      if (current?.found.state !== 'fresh') return { stop: false }
      const nowMs = this.#clock.now()
      const old = entryOf(current.found, current.envelope, nowMs)
      if (ttl <= 0 && old.staleFor === 0) return { write: undefined, answer: true }
      const ageMs = Math.max(0, nowMs - old.createdAtMs)
      const write = itemOf(this.#codec, key, { ...old, ttl: ageMs / 1000 + ttl }, nowMs)
      return { write, answer: true }
    })
  }

  /** Counts where the server declined to: in an envelope, or where there is no number. */
  count(
    key: string,
    delta: bigint,
    initial: { value: bigint; ttl: Seconds } | undefined,
  ): Promise<bigint | undefined> {
    return this.#rewrite<bigint | undefined>(key, 'incr', (current) => {
      const nowMs = this.#clock.now()
      if (current?.found.state !== 'fresh') {
        if (initial === undefined) return { stop: undefined }
        const { value, ttl } = initial
        const entry = { value: counted(value), createdAtMs: nowMs, ttl, staleFor: 0 }
        return { write: itemOf(this.#codec, key, entry, nowMs), answer: value }
      }
      const sum = addToCounter(current.found.value, delta)
      if (sum === undefined) throw notANumber(key)
      const entry = entryOf(current.found, current.envelope, nowMs)
      return {
        write: itemOf(this.#codec, key, { ...entry, value: sum.stored }, nowMs),
        answer: sum.value,
      }
    })
  }

  async #rewrite<T>(
    key: string,
    operation: string,
    decide: (current: Current) => Step<T>,
  ): Promise<T> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const options = { value: true, flags: true, cas: true, ttl: true }
      const hit = await this.#client.metaGet(key, options)
      const item = hit.kind === 'hit' ? await this.#read(key, hit) : undefined
      const step = decide(item?.kind === 'found' ? item : undefined)
      if ('stop' in step) return step.stop
      const cas = hit.kind === 'hit' ? hit.cas : undefined
      if (await this.#put(key, step.write, cas)) return step.answer
    }
    const message = `\`${operation}\` gave up after ${MAX_TURNS} tries: others changed the key each time.`
    throw new CacheError('ERR_OVERLOADED', message)
  }

  #read(key: string, hit: MetaHit): ReadItem | Promise<ReadItem> {
    const item = readItem(this.#codec, key, hit, this.#clock.now())
    return item.kind === 'split' ? this.#large.read(key, hit) : item
  }

  /** Writes over the version that was read, or where nothing was. */
  async #put(key: string, item: Item | undefined, cas: CasToken | undefined): Promise<boolean> {
    if (item === undefined) {
      return (
        cas === undefined || (await this.#client.metaDelete(key, { compareCas: cas })) !== 'exists'
      )
    }
    if (this.#large.takes(item)) {
      return cas === undefined ? this.#large.add(key, item) : this.#large.replace(key, item, cas)
    }
    const { flags, ttl } = item
    const where = cas === undefined ? { mode: 'add' as const } : { compareCas: cas }
    const reply = await this.#client.metaSet(key, item.bytes, { flags, ttl, ...where })
    return reply.kind === 'stored'
  }
}
