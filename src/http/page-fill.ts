/**
 * Stores what a leader rendered, under the lease it holds.
 *
 * @module
 */

import type { Cache } from '../cache/cache.ts'
import type { Lease } from '../cache/lease.ts'
import { publishError } from '../channels.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import type { Leader } from './leaders.ts'
import type { Learnt } from './learnt.ts'
import { type StoredPage, sealedEntry, type VaryMarker } from './page-entry.ts'
import { MARKER_TTL, newNonce, type PageAddress, type Slot } from './page-slot.ts'
import type { Variants } from './variants.ts'
import { coversVary } from './vary.ts'

/** A page before it is known where it goes. */
export type RenderedPage = Omit<StoredPage, 'kind' | 'vary' | 'nonce'>

interface StoreOptions {
  readonly ttl: Seconds
  readonly staleWhileRevalidate: Seconds
  readonly tags?: readonly string[]
}

/** A page that is stale when it is stored is kept to ask whether it changed. */
const LEAST_TTL: Seconds = 0.001

/** What the parts of a turn share. */
export interface FillParts {
  readonly cache: Cache
  readonly learnt: Learnt
  readonly address: PageAddress
  readonly slot: Slot
  readonly lease: Lease
  readonly leader: Leader
  /** See {@link PageQueue.find}. */
  readonly group: string
  readonly variants: Variants
  readonly maxVariants: number
}

/** One leader's right to store. It ends with the first call, whichever it is. */
export class PageFill {
  readonly #parts: FillParts
  #ended = false

  constructor(parts: FillParts) {
    this.#parts = parts
  }

  get createdAt(): Milliseconds {
    return this.#parts.lease.createdAtMs
  }

  /** The request headers that the key of the page holds. */
  get covered(): readonly string[] {
    return this.#parts.slot.vary
  }

  /** Resolves to `undefined` when the page is stored, else to why it is not. */
  async store(
    page: RenderedPage,
    vary: readonly string[],
    staleWhileRevalidate: Seconds,
    tags: readonly string[] = [],
  ): Promise<string | undefined> {
    this.#ended = true
    const ttl = Math.max(page.ttl, LEAST_TTL)
    const options = { ttl, staleWhileRevalidate, ...(tags.length === 0 ? {} : { tags }) }
    try {
      const { place } = this.#parts.slot
      if (place === 'variant') return await this.#storeVariant(page, vary, options)
      return await this.#storeUnderAddress(page, vary, options)
    } catch (error) {
      publishError({ error, operation: 'page', alias: this.#parts.cache.alias })
      return 'error'
    } finally {
      await this.#end()
    }
  }

  /** Lets others go. `isUnstorable`: the same would come of their waiting. */
  async giveUp(isUnstorable: boolean): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    if (isUnstorable) this.#parts.learnt.setUnstorable(this.#parts.group)
    await this.#end()
  }

  /** Removes the stale page that this leader was to replace: what came for it is not stored. */
  async discardOld(old: { readonly page: StoredPage } | undefined): Promise<void> {
    const { cache, slot } = this.#parts
    if (old === undefined || this.#ended) return
    try {
      await cache.delete(slot.key)
    } catch (error) {
      publishError({ error, operation: 'page', alias: cache.alias })
    }
  }

  async #storeUnderAddress(
    page: RenderedPage,
    vary: readonly string[],
    options: StoreOptions,
  ): Promise<string | undefined> {
    const { learnt, address, slot, lease, cache } = this.#parts
    const merged = learnt.addVary(address.base, vary)
    if (merged.length === 0 && address.covers.length === 0) {
      // A refreshed page keeps the nonce, and with it what lies under the address beside it.
      const nonce = slot.nonce === '' ? newNonce() : slot.nonce
      const entry: StoredPage = { kind: 'page', ...page, vary: [], nonce }
      return outcome(await lease.fill(sealedEntry(entry), options))
    }
    const marker: VaryMarker = { kind: 'marker', vary: merged, nonce: newNonce() }
    const ttl = Math.max(MARKER_TTL, page.ttl + options.staleWhileRevalidate)
    if (!(await lease.fill(sealedEntry(marker), { ttl }))) return 'refused'
    learnt.setTag(address.base, marker)
    const { key } = address.slot(marker)
    const found = await cache.lookup(key)
    if (found.state !== 'won') return 'refused'
    // Its rendering is over: the age of the page and the versions of its tags count from before it.
    found.lease.continue(lease)
    this.#count(marker.nonce, key, options)
    const entry: StoredPage = { kind: 'page', ...page, vary: merged, nonce: marker.nonce }
    return outcome(await found.lease.fill(sealedEntry(entry), options))
  }

  async #storeVariant(
    page: RenderedPage,
    vary: readonly string[],
    options: StoreOptions,
  ): Promise<string | undefined> {
    const { learnt, address, slot, lease, cache } = this.#parts
    if (!coversVary(slot.vary, vary)) {
      // Filed under the old list it could reach requests that the new names tell apart. What lies
      // under the address is out of date; overwriting it would undo a purge that came meanwhile, so
      // it goes, and the next one starts anew.
      learnt.addVary(address.base, [...slot.vary, ...vary])
      await cache.delete(address.base)
      return 'vary-changed'
    }
    if (!this.#count(slot.nonce, slot.key, options)) return 'variants'
    const entry: StoredPage = { kind: 'page', ...page, vary: slot.vary, nonce: slot.nonce }
    return outcome(await lease.fill(sealedEntry(entry), options))
  }

  #count(nonce: string, key: string, { ttl, staleWhileRevalidate }: StoreOptions): boolean {
    const { address, variants, maxVariants } = this.#parts
    return variants.admit(address.base + nonce, key, maxVariants, ttl + staleWhileRevalidate)
  }

  async #end(): Promise<void> {
    // On its way before those who waited ask: one of them can win it.
    const released = this.#parts.lease.release()
    this.#parts.leader.finish()
    await released
  }
}

function outcome(stored: boolean): string | undefined {
  return stored ? undefined : 'refused'
}
