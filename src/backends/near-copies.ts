import type { Found, Storable } from '../cache/backend.ts'
import type { Clock } from '../clock.ts'
import type { Bytes, Milliseconds, Seconds } from '../units.ts'
import { handOut, type Kept, keep, slotBytes } from './memory-slot.ts'
import { Slots } from './memory-slots.ts'
import type { MemoryUsage } from './memory-usage.ts'
import type { ResolvedTieredOptions } from './tiered-options.ts'

/** A fresh value as a far backend gave it. Its times are of the monotonic clock. */
export interface NearCopy extends Pick<Found, 'tags' | 'etag' | 'mark'> {
  readonly kept: Kept
  readonly bytes: Bytes
  /** `undefined` where the far backend did not tell the age. */
  readonly bornMs: Milliseconds | undefined
  /** When it ceases to be fresh: it is of no use after that. */
  readonly deadAtMs: Milliseconds
  /** Until when it is an answer without asking. */
  trustedUntilMs: Milliseconds
}

/** The values that a `TieredBackend` keeps in this process, the least recently used going first. */
export class NearCopies {
  readonly #clock: Clock
  readonly #minBytes: Bytes
  readonly #share: boolean
  readonly #trustFor: Seconds
  readonly #copies: Slots<NearCopy>

  constructor(options: ResolvedTieredOptions, clock: Clock) {
    const { maxBytes, maxEntries, minBytes, share, trustFor } = options
    this.#clock = clock
    this.#minBytes = trustFor > 0 ? 0 : minBytes
    this.#share = share
    this.#trustFor = trustFor
    this.#copies = new Slots(maxBytes, maxEntries, clock)
  }

  usage(): MemoryUsage {
    return this.#copies.usage()
  }

  /** The copy of a key, while its value is fresh by its own time. It counts as used. */
  get(key: string): NearCopy | undefined {
    return this.#copies.live(key, this.#clock.monotonic())
  }

  isTrusted({ trustedUntilMs }: NearCopy): boolean {
    return this.#clock.monotonic() < trustedUntilMs
  }

  /** Believes a copy anew, which was just found to be current. */
  trust(copy: NearCopy): void {
    copy.trustedUntilMs = this.#clock.monotonic() + this.#trustFor * 1000
  }

  found({ kept, bornMs, deadAtMs, tags, etag, mark }: NearCopy): Found {
    const nowMs = this.#clock.monotonic()
    return {
      value: handOut(kept),
      state: 'fresh',
      ageMs: bornMs === undefined ? undefined : nowMs - bornMs,
      ttlLeft: Math.max(0, deadAtMs - nowMs) / 1000,
      staleMs: 0,
      tags,
      etag,
      mark,
    }
  }

  /** Keeps a copy of what was found, if it is worth it and its time is known. */
  put(key: string, { value, state, ageMs, ttlLeft, tags, etag, mark }: Found): void {
    this.#copies.delete(key)
    const isOfUse = this.#trustFor > 0 || mark !== undefined
    if (state !== 'fresh' || ttlLeft === undefined || !isOfUse) return
    const kept = keepIfPossible(value, this.#share)
    if (kept === undefined) return
    const bytes = slotBytes(key, { tags, etag }, kept.bytes)
    if (kept.bytes < this.#minBytes || bytes > this.#copies.maxBytes) return
    const nowMs = this.#clock.monotonic()
    this.#copies.put(key, {
      kept,
      bytes,
      bornMs: ageMs === undefined ? undefined : nowMs - ageMs,
      deadAtMs: nowMs + ttlLeft * 1000,
      trustedUntilMs: nowMs + this.#trustFor * 1000,
      tags,
      etag,
      mark,
    })
  }

  /** Drops the copy of a key, or only this one of it. */
  drop(key: string, only?: NearCopy): void {
    if (only === undefined || this.get(key) === only) this.#copies.delete(key)
  }

  dropAll(prefix: string): void {
    this.#copies.clear(prefix)
  }
}

/** A codec of one's own, and hostile bytes, may make what cannot be copied: that is an answer all the same. */
function keepIfPossible(value: Storable, share: boolean): Kept | undefined {
  try {
    return keep(value, share)
  } catch {
    return undefined
  }
}
