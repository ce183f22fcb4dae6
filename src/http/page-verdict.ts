/**
 * Asks `fresh` of a stored page, for one request.
 *
 * @module
 */

import type { Milliseconds } from '../units.ts'
import { type Fresh, fresh } from './fresh.ts'
import { hasAuthorization, hasCookie, type PageRequest } from './message.ts'
import type { StoredPage } from './page-entry.ts'
import { canFill, type PageHoles } from './page-holes.ts'
import type { ResolvedPageOptions } from './page-options.ts'
import type { OldPage } from './replacement.ts'
import {
  NO_DIRECTIVES,
  parseRequestDirectives,
  type RequestDirectives,
} from './request-directives.ts'
import { hasValidator } from './revalidation.ts'

/** One request before a page is found for it. */
export class PageQuestion {
  readonly directives: RequestDirectives
  readonly isAuthorized: boolean
  readonly #request: PageRequest
  readonly #options: ResolvedPageOptions
  readonly #holes: PageHoles | undefined

  constructor(request: PageRequest, options: ResolvedPageOptions, holes?: PageHoles) {
    this.#request = request
    this.#options = options
    this.#holes = holes
    this.isAuthorized = hasAuthorization(request)
    this.directives = options.requestDirectives ? parseRequestDirectives(request) : NO_DIRECTIVES
  }

  /** Whether `page`, of which its backend told `state`, may answer. */
  judge(page: StoredPage, state: 'fresh' | 'stale', now: Milliseconds): Fresh {
    if (page.holes !== undefined && !canFill(page.holes, this.#holes)) {
      return { use: false, reason: 'hole', because: 'unwanted' }
    }
    const { cookies, mode, targeted } = this.#options
    const { headers, createdAt, age, ttl, stale } = page
    // Not a spread: of an object with so many fields it costs more than the rest of a hit.
    return fresh({
      headers,
      createdAt,
      age,
      ttl,
      stale,
      state,
      isAuthorized: this.isAuthorized,
      coversAuthorization: page.vary.includes('authorization'),
      ignoresCookie: cookies === 'ignore' && hasCookie(this.#request),
      coversCookie: page.vary.includes('cookie'),
      directives: this.directives,
      targeted: mode === 'http' ? targeted : [],
      now,
    })
  }

  /**
   * Whether it is worth while to wait for another request that renders `page`, which is stale, anew:
   * not where each request has to ask for itself.
   */
  waitsFor(page: StoredPage, now: Milliseconds): boolean {
    const verdict = this.judge(page, 'stale', now)
    return page.ttl > 0 && !verdict.use && verdict.because === 'expired'
  }

  /** What a page that may not answer is still good for; `undefined`: nothing, it is another's. */
  oldOf(page: StoredPage, verdict: Fresh): OldPage | undefined {
    if (!verdict.use && verdict.because === 'another') return undefined
    return {
      page,
      isAsked: this.#options.mode === 'http' && hasValidator(page.headers),
      // What stands in for an answer is sent as it is stored: it must have no holes.
      isUnwanted: page.holes !== undefined || (!verdict.use && verdict.because === 'unwanted'),
    }
  }
}
