/**
 * What a process remembers of pages between requests, bounded.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import type { EntryTag } from './page-entry.ts'
import { mergeVary } from './vary.ts'

/** Characters of keys, so that long addresses cannot take more memory than short ones. */
export const MAX_REMEMBERED_CHARACTERS = 4_000_000

/** How long requests do not wait for each other after a page turned out not to be storable. */
const UNSTORABLE_MS: Milliseconds = 10_000

/**
 * What varies where and which pages were not storable. A loss costs a round trip or a short wait,
 * nothing else.
 */
export class Learnt {
  readonly #clock: Clock
  readonly #tags = new LRUCache<string, EntryTag>({
    maxSize: MAX_REMEMBERED_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  })
  readonly #unstorableUntil = new LRUCache<string, Milliseconds>({
    maxSize: MAX_REMEMBERED_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What was last seen under `base`: with it both keys of a variant can be asked for at once. */
  tag(base: string): EntryTag | undefined {
    const known = this.#tags.get(base)
    return known?.nonce === '' ? undefined : known
  }

  setTag(base: string, { kind, vary, nonce }: EntryTag): void {
    this.#tags.set(base, { kind, vary, nonce })
  }

  /**
   * Adds names that a response turned out to vary on, and gives all that are known. They outlive
   * the entry: the next one is filed under all of them. No nonce belongs to the new list yet.
   */
  addVary(base: string, vary: readonly string[]): readonly string[] {
    const merged = mergeVary(this.#tags.get(base)?.vary ?? [], vary)
    if (merged.length > 0) this.#tags.set(base, { kind: 'marker', vary: merged, nonce: '' })
    return merged
  }

  /** Whether requests for `page` should go their own way: waiting would only put them in a row. */
  isUnstorable(page: string): boolean {
    const until = this.#unstorableUntil.get(page)
    return until !== undefined && this.#clock.monotonic() < until
  }

  setUnstorable(page: string): void {
    this.#unstorableUntil.set(page, this.#clock.monotonic() + UNSTORABLE_MS)
  }
}
