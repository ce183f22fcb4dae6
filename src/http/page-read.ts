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
import {
  decodeEntry,
  type PageEntry,
  type StoredPage,
  sealedEntry,
  type VaryMarker,
} from './page-entry.ts'
import { MARKER_TTL, newNonce, type PageAddress, type Slot } from './page-slot.ts'

/** Why a page has to be rendered, as `fwd` of RFC 9211 has it. */
export type Forward = 'uri-miss' | 'vary-miss' | 'stale' | 'request'

/**
 * - `hit`: here it is;
 * - `lead`: it is to be rendered, by this caller; `old` is what is there and stale;
 * - `busy`: somebody else renders it;
 * - `absent`: not found, and nobody asked for a lease;
 * - `unavailable`: the cache failed, or held something that is no page.
 */
export type PageRead =
  | {
      readonly kind: 'hit'
      readonly page: StoredPage
      readonly state: 'fresh' | 'stale'
      readonly slot: Slot
    }
  | {
      readonly kind: 'lead'
      readonly slot: Slot
      readonly lease: Lease
      readonly why: Forward
      readonly old?: StoredPage
    }
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
   * A fresh page that is in this process, without asking anybody. `undefined` says no more than that
   * it has to be asked for.
   */
  readAtOnce(address: PageAddress): StoredPage | undefined {
    const entry = decodeEntry(this.#cache.lend(address.base))
    if (entry === undefined) return undefined
    const page = address.isAtBase(entry)
      ? entry
      : decodeEntry(this.#cache.lend(address.slot(entry).key))
    return page?.kind === 'page' ? page : undefined
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
    if (!hits && guessed !== undefined) void this.#giveUp(await guessed.found)
    if (entry === undefined) return this.#discard(slot.key, base)
    const isPurged = base.state === 'stale' && this.#isEarly(entry)
    if (entry.kind === 'page' && slot.place === 'base') {
      // What lies beside a purged page is out of date as well: it is lost with the nonce.
      return pageRead(base, isPurged ? { ...slot, nonce: '' } : slot, entry)
    }
    if (isPurged && base.lease !== undefined) {
      if (hits) void this.#giveUp(await guessed.found)
      return this.#purged(entry, base.lease, address)
    }
    this.#learnt.setTag(address.base, entry)
    void this.#giveUp(base)
    const variant = await (hits ? guessed.found : this.#find(slot.key, mode))
    const read = await this.#variantRead(variant, slot)
    if (isPurged && read.kind === 'hit') return { ...read, state: 'stale' }
    return this.#orPrevious(read, entry, address)
  }

  /**
   * Whether what is stale is so before its time: because it was purged. A marker is never stale
   * otherwise.
   */
  #isEarly(entry: PageEntry): boolean {
    if (entry.kind === 'marker') return true
    return this.#cache.clock.now() < entry.createdAt + entry.ttl * 1000
  }

  /**
   * A soft purge has marked what lies under the address, and with it all variants. This caller alone
   * gives them a new nonce; those under the old one are served until there are new ones.
   */
  async #purged(entry: PageEntry, lease: Lease, address: PageAddress): Promise<PageRead> {
    // Beside a page lie the variants of odd requests only: they start anew.
    if (entry.kind === 'page') {
      return { kind: 'lead', slot: address.baseSlot(), lease, why: 'stale' }
    }
    const { vary, nonce: previous } = entry
    const marker: VaryMarker = { kind: 'marker', vary, nonce: newNonce(), previous }
    const isFilled = await this.#guard(() => lease.fill(sealedEntry(marker), { ttl: MARKER_TTL }))
    if (isFilled !== true) return { kind: 'absent', why: 'vary-miss' }
    this.#learnt.setTag(address.base, marker)
    const slot = address.slot(marker)
    const read = await this.#variantRead(await this.#find(slot.key, 'lease'), slot)
    return this.#orPrevious(read, marker, address)
  }

  /** While somebody renders the variant anew, the one from before the purge is served. */
  async #orPrevious(read: PageRead, entry: PageEntry, address: PageAddress): Promise<PageRead> {
    if (entry.kind === 'page' || entry.previous === undefined) return read
    if (read.kind !== 'busy' && read.kind !== 'absent') return read
    const { key } = address.slot({ ...entry, nonce: entry.previous })
    const value = await this.#guard(() => this.#cache.get<Uint8Array>(key, { allowStale: true }))
    const page = decodeEntry(value)
    if (page?.kind !== 'page') return read
    return { kind: 'hit', page, state: 'stale', slot: address.slot(entry) }
  }

  /** Waits at most `waitMs` for another process that renders the page of `slot`. */
  async poll(slot: Slot, why: Forward, waitMs: number): Promise<PageRead | 'changed'> {
    const found = await this.#find(slot.key, 'lease', waitMs)
    if (found.state !== 'fresh' && found.state !== 'stale') return outcome(found, slot, why)
    await this.#giveUp(found)
    return 'changed'
  }

  /**
   * The right to render a page anew although it is fresh, where nobody has it. One round trip, two
   * where somebody changed it meanwhile.
   */
  async replace(slot: Slot): Promise<Lease | undefined> {
    const found = await this.#guard(() =>
      this.#cache.lookup<Uint8Array>(slot.key, { forceFresh: true, lateTags: true }),
    )
    return found?.state === 'won' ? found.lease : undefined
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

  #find(key: string, mode: ReadMode, waitMs = 0): Promise<Found> {
    const found: Promise<Found> =
      mode === 'lease' ? this.#cache.lookup<Uint8Array>(key, { waitMs }) : this.#get(key)
    // Not by way of `#guard`, for a hit: each function that waits costs it as much as its verdict.
    return found.catch((error: unknown): Found => {
      publishError({ error, operation: 'page', alias: this.#cache.alias })
      return { state: 'unavailable' }
    })
  }

  async #get(key: string): Promise<Found> {
    const value = await this.#guard(() => this.#cache.get<Uint8Array>(key))
    return value === undefined
      ? { state: 'absent' }
      : { state: 'fresh', value, ageMs: undefined, tags: undefined }
  }

  /** A page cache never fails a page: what the cache throws is published and then a miss. */
  async #guard<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run()
    } catch (error) {
      publishError({ error, operation: 'page', alias: this.#cache.alias })
      return undefined
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
    return { kind: 'lead', slot, lease: found.lease, why: 'stale', old: page }
  }
  return { kind: 'hit', page, state: found.state, slot }
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
