/**
 * What `GET api/pages` and `GET api/fragments` answer: what was cached under which name, since the
 * dashboard was made, as this process saw it.
 *
 * @module
 */

import type { Milliseconds } from '../../units.ts'

/** A page or a fragment: a `name` within an alias. */
export interface Rendered {
  readonly alias: string
  /** Empty: those without a `name`, all together. */
  readonly name: string
  readonly hits: number
  readonly stale: number
  /** Rendered and stored. */
  readonly stored: number
  /** Rendered, and not stored. */
  readonly notStored: number
  readonly errors: number
  /** Hits and stale answers of all that could have been one. `null`: there were none. */
  readonly hitRatio: number | null
  readonly meanRenderMs: Milliseconds | null
  /** Hits times the mean time to render. `null`: it is not known how long that takes. */
  readonly savedMs: Milliseconds | null
}

export interface PageReply extends Rendered {
  /** Answered without asking the cache, such as a `POST`. */
  readonly bypassed: number
  /** A client that had the page already: a hit as well. */
  readonly revalidated: number
  /** Why it was not answered from the cache, or not stored. Most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[]
  /**
   * How many variants of pages under this name were stored, by what they vary on: too many and nobody
   * ever meets their own again. `null`: the page cache does not tell.
   */
  readonly variants: number | null
}

export interface PagesReply {
  readonly schemaVersion: 1
  readonly pages: readonly PageReply[]
  /** Names beyond the first thousand are counted under this many fewer rows. */
  readonly left: number
}

export interface FragmentsReply {
  readonly schemaVersion: 1
  readonly fragments: readonly Rendered[]
  readonly left: number
}
