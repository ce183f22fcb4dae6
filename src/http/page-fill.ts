/**
 * Stores what a leader rendered, under the lease it holds.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import type { Cache } from '../cache/cache.ts'
import type { Lease } from '../cache/lease.ts'
import { publishError } from '../channels.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import type { Leader } from './leaders.ts'
import type { Learnt } from './learnt.ts'
import { type EntryTag, encodeEntry, type StoredPage } from './page-entry.ts'
import type { PageAddress, Slot } from './page-slot.ts'
import { coversVary } from './vary.ts'

/**
 * How long a marker outlives the page it was made for. Without it the variants are lost, and a new
 * one costs nothing but their being rendered again: a day keeps it longer than nearly every page.
 */
const MARKER_TTL: Seconds = 86_400

/** A page before it is known where it goes. */
export type RenderedPage = Omit<StoredPage, 'kind' | 'vary' | 'nonce'>

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
  ): Promise<string | undefined> {
    this.#ended = true
    try {
      const { place } = this.#parts.slot
      if (place === 'variant') return await this.#storeVariant(page, vary, staleWhileRevalidate)
      return await this.#storeUnderAddress(page, vary, staleWhileRevalidate)
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

  async #storeUnderAddress(
    page: RenderedPage,
    vary: readonly string[],
    staleWhileRevalidate: Seconds,
  ): Promise<string | undefined> {
    const { learnt, address, slot, lease, cache } = this.#parts
    const merged = learnt.addVary(address.base, vary)
    const options = { ttl: page.ttl, staleWhileRevalidate }
    if (merged.length === 0 && address.covers.length === 0) {
      // A refreshed page keeps the nonce, and with it what lies under the address beside it.
      const nonce = slot.nonce === '' ? newNonce() : slot.nonce
      const entry: StoredPage = { kind: 'page', ...page, vary: [], nonce }
      return outcome(await lease.fill(encodeEntry(entry), options))
    }
    const tag: EntryTag & { kind: 'marker' } = { kind: 'marker', vary: merged, nonce: newNonce() }
    const ttl = Math.max(MARKER_TTL, page.ttl + staleWhileRevalidate)
    if (!(await lease.fill(encodeEntry(tag), { ttl }))) return 'refused'
    learnt.setTag(address.base, tag)
    const found = await cache.lookup(address.slot(tag).key)
    if (found.state !== 'won') return 'refused'
    // The age of the page counts from its own rendering, which is over: this lease is younger.
    const lateBy = (found.lease.createdAtMs - page.createdAt) / 1000
    const entry: StoredPage = { kind: 'page', ...page, vary: merged, nonce: tag.nonce }
    return outcome(
      await found.lease.fill(encodeEntry(entry), { ...options, ttl: page.ttl - lateBy }),
    )
  }

  async #storeVariant(
    page: RenderedPage,
    vary: readonly string[],
    staleWhileRevalidate: Seconds,
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
    const entry: StoredPage = { kind: 'page', ...page, vary: slot.vary, nonce: slot.nonce }
    const options = { ttl: page.ttl, staleWhileRevalidate }
    return outcome(await lease.fill(encodeEntry(entry), options))
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

/** 72 random bits: no two entries of one address have the same. */
function newNonce(): string {
  return randomBytes(9).toString('base64url')
}
