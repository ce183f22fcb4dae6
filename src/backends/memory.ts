import { LRUCache } from 'lru-cache'
import type {
  Backend,
  Entry,
  Found,
  LeaseRead,
  LeaseToken,
  ReportFailure,
  Storable,
} from '../cache/backend.ts'
import { notANumber } from '../cache/counters.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Copy, copyValue } from '../codec/copy.ts'
import { CacheError, checkOptions, optionError } from '../errors.ts'
import { type Bytes, type Milliseconds, parseSize, type Seconds, type Size } from '../units.ts'
import { addToCounter } from './counter.ts'
import { MemoryLeases } from './memory-lease.ts'
import type { MemoryUsage } from './memory-usage.ts'

/** How much a {@link MemoryBackend} holds. */
export interface MemoryOptions {
  /**
   * Estimated size of all keys and values. The least recently used go first.
   *
   * @default 67108864
   */
  readonly maxBytes?: Size
  /**
   * Number of entries. `Infinity`: only `maxBytes` counts.
   *
   * @default 10000
   */
  readonly maxEntries?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/** What a {@link MemoryBackend} uses where its options are silent. */
export const MEMORY_DEFAULTS: Readonly<Required<Omit<MemoryOptions, 'clock'>>> = Object.freeze({
  maxBytes: 67_108_864,
  maxEntries: 10_000,
})

const OPTIONS = ['clock', ...Object.keys(MEMORY_DEFAULTS)]

interface Slot {
  readonly value: Storable
  readonly bytes: Bytes
  /** On the monotonic clock, which does not jump. */
  readonly bornMs: Milliseconds
  freshUntilMs: Milliseconds
  deadAtMs: Milliseconds
  isMarkedStale: boolean
}

// What an entry takes besides its key and value: the slot, and lru-cache's share of its own arrays.
const ENTRY_BYTES: Bytes = 200

/** Keeps values in this process, the least recently used going first. */
export class MemoryBackend implements Backend {
  readonly name = 'memory'
  readonly #clock: Clock
  readonly #maxBytes: Bytes
  // Expiry is ours: lru-cache would read the time by itself, and knows no stale window.
  readonly #slots: LRUCache<string, Slot>
  readonly #leases: MemoryLeases
  #evictions = 0

  constructor(options: MemoryOptions = {}) {
    checkOptions('the options of a MemoryBackend', options, OPTIONS)
    const { clock = systemClock, maxEntries = MEMORY_DEFAULTS.maxEntries } = options
    if (maxEntries !== Infinity && (!Number.isInteger(maxEntries) || maxEntries < 1)) {
      throw optionError('maxEntries', maxEntries, 'a whole number, 1 or more, or Infinity')
    }
    this.#clock = clock
    this.#leases = new MemoryLeases(clock)
    this.#maxBytes = parseSize('maxBytes', options.maxBytes ?? MEMORY_DEFAULTS.maxBytes)
    this.#slots = new LRUCache({
      maxSize: Math.min(this.#maxBytes, Number.MAX_SAFE_INTEGER),
      ...(maxEntries === Infinity ? {} : { max: maxEntries }),
      dispose: ({ deadAtMs }, _key, reason) => {
        if (reason === 'evict' && clock.monotonic() < deadAtMs) this.#evictions++
      },
    })
  }

  /** Tells how much is held, at no cost. Bytes are estimated. */
  usage(): MemoryUsage {
    return {
      entries: this.#slots.size,
      bytes: this.#slots.calculatedSize,
      maxBytes: this.#maxBytes,
      evictions: this.#evictions,
    }
  }

  async get(key: string): Promise<Found | undefined> {
    const slot = this.#live(key)
    return slot && this.#found(slot)
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Found>> {
    const found = new Map<string, Found>()
    for (const key of keys) {
      const slot = this.#live(key)
      if (slot !== undefined) found.set(key, this.#found(slot))
    }
    return found
  }

  async set(key: string, entry: Entry): Promise<boolean> {
    const copy = copyValue(entry.value)
    this.#leases.cancel(key)
    return this.#put(key, entry, copy)
  }

  async setMany(entries: ReadonlyMap<string, Entry>, _report: ReportFailure): Promise<string[]> {
    // All are copied first: one that is unfit must not leave half of them stored.
    const copies = Array.from(entries, ([key, entry]) => ({
      key,
      entry,
      copy: copyValue(entry.value),
    }))
    const refused: string[] = []
    for (const { key, entry, copy } of copies) {
      this.#leases.cancel(key)
      if (!this.#put(key, entry, copy)) refused.push(key)
    }
    return refused
  }

  async add(key: string, entry: Entry): Promise<boolean> {
    const copy = copyValue(entry.value)
    if (this.#live(key) !== undefined) return false
    this.#leases.cancel(key)
    return this.#put(key, entry, copy)
  }

  async delete(key: string): Promise<boolean> {
    const wasLeased = this.#leases.cancel(key)
    const slot = this.#live(key)
    this.#slots.delete(key)
    return slot !== undefined || wasLeased
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const deleted = await Promise.all(keys.map((key) => this.delete(key)))
    return deleted.filter(Boolean).length
  }

  async touch(key: string, ttl: Seconds): Promise<boolean> {
    const slot = this.#live(key)
    if (slot === undefined || !this.#isFresh(slot)) return false
    const staleForMs = slot.deadAtMs - slot.freshUntilMs
    slot.freshUntilMs = this.#clock.monotonic() + ttl * 1000
    slot.deadAtMs = slot.freshUntilMs + (Number.isNaN(staleForMs) ? 0 : staleForMs)
    this.#leases.cancel(key)
    return true
  }

  async incr(
    key: string,
    delta: bigint,
    initial?: { value: bigint; ttl: Seconds },
  ): Promise<bigint | undefined> {
    const slot = this.#live(key)
    if (slot === undefined || !this.#isFresh(slot)) {
      if (initial === undefined) return undefined
      const { value, ttl } = initial
      const isSafe = value <= Number.MAX_SAFE_INTEGER
      const entry = {
        value: isSafe ? Number(value) : value,
        createdAtMs: this.#clock.now(),
        ttl,
        staleFor: 0,
      }
      await this.set(key, entry)
      return value
    }
    const sum = addToCounter(slot.value, delta)
    if (sum === undefined) throw notANumber(key)
    this.#slots.set(key, { ...slot, value: sum.stored }, { size: slot.bytes })
    return sum.value
  }

  async invalidate(key: string, staleFor: Seconds): Promise<boolean> {
    const wasLeased = this.#leases.cancel(key)
    const slot = this.#live(key)
    if (slot === undefined) return wasLeased
    slot.isMarkedStale = true
    slot.deadAtMs = Math.min(slot.deadAtMs, this.#clock.monotonic() + staleFor * 1000)
    return true
  }

  async lease(key: string, leaseFor: Seconds): Promise<LeaseRead> {
    const slot = this.#live(key)
    const found = slot && this.#found(slot)
    const token = found?.state === 'fresh' ? undefined : this.#leases.win(key, leaseFor)
    return { found, token }
  }

  async renew(token: LeaseToken, leaseFor: Seconds): Promise<LeaseToken | undefined> {
    return this.#leases.renew(token, leaseFor) ? token : undefined
  }

  async fill(token: LeaseToken, entry: Entry): Promise<boolean> {
    const copy = copyValue(entry.value)
    // What took longer to compute than it lives must not cost the old value its place.
    const ageMs = this.#clock.now() - entry.createdAtMs
    const isOver = ageMs >= (entry.ttl + entry.staleFor) * 1000
    if (!this.#leases.end(token) || isOver) return false
    if (this.#put(token.key, entry, copy)) return true
    const message = `A value of about ${copy.bytes} bytes is over \`maxBytes\`, ${this.#maxBytes}.`
    throw new CacheError('ERR_VALUE_TOO_LARGE', message)
  }

  async release(token: LeaseToken): Promise<void> {
    this.#leases.end(token)
  }

  async clear(prefix: string): Promise<void> {
    for (const key of [...this.#slots.keys()]) if (key.startsWith(prefix)) this.#slots.delete(key)
    this.#leases.clear(prefix)
  }

  /** Forgets everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#slots.clear()
    this.#leases.clear('')
  }

  /** The slot of a key, unless its time has passed. It counts as used. */
  #live(key: string): Slot | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || this.#clock.monotonic() < slot.deadAtMs) return slot
    this.#slots.delete(key)
    return undefined
  }

  #isFresh(slot: Slot): boolean {
    return !slot.isMarkedStale && this.#clock.monotonic() < slot.freshUntilMs
  }

  #found(slot: Slot): Found {
    const nowMs = this.#clock.monotonic()
    const isFresh = this.#isFresh(slot)
    const isPast = nowMs >= slot.freshUntilMs
    return {
      value: copyValue(slot.value).value as Storable,
      state: isFresh ? 'fresh' : 'stale',
      ageMs: nowMs - slot.bornMs,
      ttlLeft: isFresh ? (slot.freshUntilMs - nowMs) / 1000 : 0,
      staleMs: isFresh ? 0 : isPast ? nowMs - slot.freshUntilMs : undefined,
    }
  }

  #put(key: string, { createdAtMs, ttl, staleFor }: Entry, { value, bytes }: Copy): boolean {
    const size = Math.ceil(ENTRY_BYTES + 2 * key.length + bytes)
    const bornMs = this.#clock.monotonic() - Math.max(0, this.#clock.now() - createdAtMs)
    const freshUntilMs = bornMs + ttl * 1000
    const deadAtMs = freshUntilMs + staleFor * 1000
    this.#slots.delete(key)
    if (size > this.#maxBytes) return false
    const slot = {
      value: value as Storable,
      bytes: size,
      bornMs,
      freshUntilMs,
      deadAtMs,
      isMarkedStale: false,
    }
    this.#slots.set(key, slot, { size })
    return true
  }
}
