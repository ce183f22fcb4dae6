import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Bytes, Milliseconds } from '../units.ts'
import type { MemoryUsage } from './memory-usage.ts'

/** What is kept in this process for a while. */
export interface Mortal {
  readonly bytes: Bytes
  /** On the monotonic clock. */
  readonly deadAtMs: Milliseconds
}

/** What a `MemoryBackend` or a near cache keeps by its keys, the least recently used going first. */
export class Slots<Slot extends Mortal> {
  readonly maxBytes: Bytes
  // Expiry is ours: lru-cache would read the time by itself, and knows no stale window.
  readonly #slots: LRUCache<string, Slot>
  readonly #maxEntries: number
  #evictions = 0

  /** `dropped` hears of each that is held no longer. */
  constructor(maxBytes: Bytes, maxEntries: number, clock: Clock, dropped?: (slot: Slot) => void) {
    this.maxBytes = maxBytes
    this.#maxEntries = maxEntries
    // Not its own `max`: it makes room for so many at once, of which 1e9 end the process.
    this.#slots = new LRUCache({
      maxSize: Math.min(maxBytes, Number.MAX_SAFE_INTEGER),
      dispose: (slot, _key, reason) => {
        dropped?.(slot)
        if (reason === 'evict' && clock.monotonic() < slot.deadAtMs) this.#evictions++
      },
    })
  }

  /** The slot of a key, whatever its time. It counts as used. */
  get(key: string): Slot | undefined {
    return this.#slots.get(key)
  }

  /** The slot of a key, unless its time has passed. It counts as used. */
  live(key: string, nowMs: Milliseconds): Slot | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || nowMs < slot.deadAtMs) return slot
    this.#slots.delete(key)
    return undefined
  }

  put(key: string, slot: Slot): void {
    this.#slots.set(key, slot, { size: slot.bytes })
    if (this.#slots.size > this.#maxEntries) this.#slots.pop()
  }

  delete(key: string): void {
    this.#slots.delete(key)
  }

  /** Drops those whose keys start with `prefix`. */
  clear(prefix: string): void {
    for (const key of [...this.#slots.keys()]) if (key.startsWith(prefix)) this.#slots.delete(key)
  }

  usage(): MemoryUsage {
    return {
      entries: this.#slots.size,
      bytes: this.#slots.calculatedSize,
      maxBytes: this.maxBytes,
      evictions: this.#evictions,
    }
  }
}
