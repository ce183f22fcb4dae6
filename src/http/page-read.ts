/**
 * Finds a page: under its address, or by way of what lies there under a variant's key.
 *
 * @module
 */

import type { Cache } from '../cache/cache.ts'
import type { Lease } from '../cache/lease.ts'
import type { Lookup } from '../cache/lookup.ts'
import { publishError } from '../channels.ts'
import type { Learnt } from './learnt.ts'
import { decodeEntry, type StoredPage } from './page-entry.ts'
import type { PageAddress, Slot } from './page-slot.ts'

/** Why a page has to be rendered, as `fwd` of RFC 9211 has it. */
export type Forward = 'uri-miss' | 'vary-miss' | 'stale'

/**
 * - `hit`: here it is;
 * - `lead`: it is to be rendered, by this caller;
 * - `busy`: somebody else renders it;
 * - `absent`: not found, and nobody asked for a lease;
 * - `unavailable`: the cache failed, or held something that is no page.
 */
export type PageRead =
  | { readonly kind: 'hit'; readonly page: StoredPage; readonly state: 'fresh' | 'stale' }
  | { readonly kind: 'lead'; readonly slot: Slot; readonly lease: Lease; readonly why: Forward }
  | { readonly kind: 'busy'; readonly slot: Slot; readonly why: Forward }
  | { readonly kind: 'absent'; readonly why: Forward }
  | { readonly kind: 'unavailable' }

/** `lease`: a miss comes with the right to render, where nobody has it. `peek`: it does not. */
export type ReadMode = 'lease' | 'peek'

type Found = Lookup<Uint8Array> | { readonly state: 'absent' }

const UNAVAILABLE: PageRead = { kind: 'unavailable' }

export class PageReader {
  readonly #cache: Cache
  readonly #learnt: Learnt

  constructor(cache: Cache, learnt: Learnt) {
    this.#cache = cache
    this.#learnt = learnt
  }

  /**
   * As {@link PageReader.read}, for a request that will not store: it keeps nobody from rendering.
   */
  async peek(address: PageAddress): Promise<Exclude<PageRead, { kind: 'lead' }>> {
    // Without a lease nobody leads.
    return (await this.read(address, 'peek')) as Exclude<PageRead, { kind: 'lead' }>
  }

  /**
   * One command for a page that does not vary; two in one write for one that does, once this
   * process knows it; the first time two round trips.
   */
  async read(address: PageAddress, mode: ReadMode): Promise<PageRead> {
    const known = this.#learnt.tag(address.base)
    const guess = known === undefined ? undefined : address.slot(known)
    const guessed =
      guess?.place === 'variant' ? { slot: guess, found: this.#find(guess.key, mode) } : undefined
    const base = await this.#find(address.base, mode)
    if (base.state !== 'fresh' && base.state !== 'stale') {
      void this.#giveUp(await guessed?.found)
      return outcome(base, address.baseSlot(), 'uri-miss')
    }
    const entry = decodeEntry(base.value)
    const slot = entry === undefined ? address.baseSlot() : address.slot(entry)
    const hits = guessed?.slot.key === slot.key
    if (!hits) void this.#giveUp(await guessed?.found)
    if (entry === undefined) return this.#discard(slot.key, base)
    if (slot.place === 'variant') this.#learnt.setTag(address.base, entry)
    if (entry.kind === 'page' && slot.place === 'base') return pageRead(base, slot, entry)
    void this.#giveUp(base)
    const variant = await (hits ? guessed.found : this.#find(slot.key, mode))
    return this.#variantRead(variant, slot)
  }

  /** Waits at most `waitMs` for another process that renders the page of `slot`. */
  async poll(slot: Slot, why: Forward, waitMs: number): Promise<PageRead | 'changed'> {
    const found = await this.#find(slot.key, 'lease', waitMs)
    if (found.state !== 'fresh' && found.state !== 'stale') return outcome(found, slot, why)
    await this.#giveUp(found)
    return 'changed'
  }

  async #variantRead(found: Found, slot: Slot): Promise<PageRead> {
    if (found.state !== 'fresh' && found.state !== 'stale') return outcome(found, slot, 'vary-miss')
    const entry = decodeEntry(found.value)
    if (entry?.kind !== 'page') return this.#discard(slot.key, found)
    return pageRead(found, slot, entry)
  }

  /**
   * What is no entry of ours, or of another version, is in the way: the next request finds the
   * place empty.
   */
  async #discard(key: string, found: Found): Promise<PageRead> {
    await this.#giveUp(found)
    await this.#guard(() => this.#cache.delete(key))
    return UNAVAILABLE
  }

  async #find(key: string, mode: ReadMode, waitMs = 0): Promise<Found> {
    const failed: Found = { state: 'unavailable' }
    if (mode === 'lease') {
      return this.#guard(() => this.#cache.lookup<Uint8Array>(key, { waitMs }), failed)
    }
    const value = await this.#guard(() => this.#cache.get<Uint8Array>(key), undefined)
    return value === undefined ? { state: 'absent' } : { state: 'fresh', value, ageMs: undefined }
  }

  /** A page cache never fails a page: what the cache throws is published and then a miss. */
  async #guard<T, Fallback = undefined>(
    run: () => Promise<T>,
    fallback?: Fallback,
  ): Promise<T | Fallback> {
    try {
      return await run()
    } catch (error) {
      publishError({ error, operation: 'page', alias: this.#cache.alias })
      return fallback as Fallback
    }
  }

  async #giveUp(found: Found | undefined): Promise<void> {
    if (found !== undefined && 'lease' in found) await found.lease?.release()
  }
}

function pageRead(
  found: Extract<Found, { state: 'fresh' | 'stale' }>,
  slot: Slot,
  page: StoredPage,
): PageRead {
  if (found.state === 'stale' && found.lease !== undefined) {
    return { kind: 'lead', slot, lease: found.lease, why: 'stale' }
  }
  return { kind: 'hit', page, state: found.state }
}

function outcome(
  found: Exclude<Found, { state: 'fresh' | 'stale' }>,
  slot: Slot,
  why: Forward,
): PageRead {
  switch (found.state) {
    case 'won':
      return { kind: 'lead', slot, lease: found.lease, why }
    case 'busy':
      return { kind: 'busy', slot, why }
    case 'absent':
      return { kind: 'absent', why }
    case 'unavailable':
      return UNAVAILABLE
  }
}
