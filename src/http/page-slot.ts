/**
 * The places that a request may find its page in.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import type { Seconds } from '../units.ts'
import type { CookieRule } from './fresh.ts'
import type { PageRequest } from './message.ts'
import type { EntryTag } from './page-entry.ts'
import { baseKey, type KeyParts, requestCovers, requestOrigin, variantKey } from './page-key.ts'
import type { QueryKey } from './query.ts'

/**
 * How long a marker outlives the page it was made for. Without it the variants are lost, and a new
 * one costs nothing but their being rendered again: a day keeps it longer than nearly every page.
 */
export const MARKER_TTL: Seconds = 86_400

/** 72 random bits: no two entries of one address have the same. */
export function newNonce(): string {
  return randomBytes(9).toString('base64url')
}

/** What the keys of a request are made of: a part of the page cache's options. */
export interface SlotOptions {
  readonly keyPrefix: string
  readonly cookies: CookieRule
  readonly origin: string
  readonly queryKey: QueryKey
}

/** Where a page lies, and what it would be stored with. */
export interface Slot {
  readonly key: string
  /** `base`: under the address itself. `variant`: under a digest that holds `nonce` and `vary`. */
  readonly place: 'base' | 'variant'
  readonly vary: readonly string[]
  readonly nonce: string
}

/** The keys of one request. */
export class PageAddress {
  readonly base: string
  readonly covers: KeyParts
  readonly #request: PageRequest
  readonly #keyPrefix: string

  constructor(base: string, covers: KeyParts, request: PageRequest, keyPrefix: string) {
    this.base = base
    this.covers = covers
    this.#request = request
    this.#keyPrefix = keyPrefix
  }

  /** The address of `request`, which is this one's, only safe from change. */
  of(request: PageRequest): PageAddress {
    return new PageAddress(this.base, this.covers, request, this.#keyPrefix)
  }

  /** The place under the address itself. */
  baseSlot(): Slot {
    return { key: this.base, place: 'base', vary: [], nonce: '' }
  }

  /** Whether what lies under the address itself is the page of this request. */
  isAtBase({ kind }: EntryTag): boolean {
    return kind === 'page' && this.covers.length === 0
  }

  /** Where this request's page lies, once it is known what lies under the address. */
  slot(found: EntryTag): Slot {
    const { vary, nonce } = found
    if (this.isAtBase(found)) {
      return { key: this.base, place: 'base', vary, nonce }
    }
    const key = variantKey(this.#keyPrefix, this.base, nonce, this.covers, vary, this.#request)
    return { key, place: 'variant', vary, nonce }
  }
}

/** Works out what the keys of `request` are made from. */
export function pageAddress(
  request: PageRequest,
  options: SlotOptions,
  varyOn: KeyParts,
): PageAddress {
  const { keyPrefix, cookies, origin, queryKey } = options
  const isFixed = origin !== 'request'
  const target = queryKey(request.target)
  const base = baseKey(keyPrefix, isFixed ? origin : requestOrigin(request), target)
  const covers = requestCovers(request, cookies, varyOn, isFixed)
  return new PageAddress(base, covers, request, keyPrefix)
}
