import type { Entry } from '../cache/backend.ts'
import { notANumber } from '../cache/counters.ts'
import type { CasToken, MemcachedClient } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { addToCounter } from './counter.ts'
import { entryOf, type Item, itemOf, type ReadItem, readItem } from './memcached-item.ts'

/** What to do about what is under a key: write an item in its place, or stop with an answer. */
type Step<T> = { readonly write: Item; readonly answer: T } | { readonly stop: T }

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
  readonly #clock: Clock

  constructor(client: MemcachedClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Stores where nothing of use is. One command, unless something is there. */
  async add(key: string, entry: Entry): Promise<boolean> {
    const write = itemOf(key, entry, this.#clock.now())
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
      const ageMs = Math.max(0, nowMs - old.createdAtMs)
      const write = itemOf(key, { ...old, ttl: ageMs / 1000 + ttl }, nowMs)
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
        const entry = { value: numberOf(value), createdAtMs: nowMs, ttl, staleFor: 0 }
        return { write: itemOf(key, entry, nowMs), answer: value }
      }
      const sum = addToCounter(current.found.value, delta)
      if (sum === undefined) throw notANumber(key)
      const entry = entryOf(current.found, current.envelope, nowMs)
      return { write: itemOf(key, { ...entry, value: sum.stored }, nowMs), answer: sum.value }
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
      const item = hit.kind === 'hit' ? readItem(key, hit, this.#clock.now()) : undefined
      const step = decide(item?.kind === 'found' ? item : undefined)
      if ('stop' in step) return step.stop
      const cas = hit.kind === 'hit' ? hit.cas : undefined
      if (await this.#put(key, step.write, cas)) return step.answer
    }
    const message = `\`${operation}\` gave up after ${MAX_TURNS} tries: others changed the key each time.`
    throw new CacheError('ERR_OVERLOADED', message)
  }

  /** Writes over the version that was read, or where nothing was. */
  async #put(key: string, item: Item, cas: CasToken | undefined): Promise<boolean> {
    const { flags, ttl } = item
    const where = cas === undefined ? { mode: 'add' as const } : { compareCas: cas }
    const reply = await this.#client.metaSet(key, item.bytes, { flags, ttl, ...where })
    return reply.kind === 'stored'
  }
}

/** A whole number in the type that it is read back in. */
export function numberOf(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}
