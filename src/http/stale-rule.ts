/**
 * Whether a page may be served although it is stale, and for how long: RFC 9111 section 4.2.4 and
 * RFC 5861.
 *
 * @module
 */

import type { Seconds } from '../units.ts'
import { type Directives, directiveSeconds, limitedTo } from './cache-control.ts'

/** For how long after its lifetime a page is still served. */
export interface StaleRule {
  /** While one request renders it anew. */
  readonly whileRevalidate: Seconds
  /** Where rendering it anew fails. */
  readonly ifError: Seconds
  /** Never, whatever a request would take. */
  readonly isForbidden: boolean
}

export const NEVER_STALE: StaleRule = Object.freeze({
  whileRevalidate: 0,
  ifError: 0,
  isForbidden: false,
})

/** The windows that somebody else than the response has set. */
export interface StaleOptions {
  /** Of one page: in site mode it beats what the response says, also that it must not be stale. */
  readonly own?: { readonly whileRevalidate?: Seconds; readonly ifError?: Seconds }
  /** For a response that says nothing. */
  readonly whileRevalidate: Seconds
  readonly ifError: Seconds
  /** What a shared cache must take for a prohibition besides `must-revalidate`. */
  readonly mode: 'site' | 'http'
}

/** A year: what is longer could not be told from for ever, which JSON does not have. */
const LONGEST_WINDOW: Seconds = 31_536_000

export function staleRule(control: Directives, options: StaleOptions): StaleRule {
  const { own = {}, mode } = options
  const isForbidden =
    control.has('must-revalidate') ||
    control.has('proxy-revalidate') ||
    // Sections 5.2.2.10 and 5.2.2.4. A site that has set a window knows its pages better.
    (mode === 'http' && (control.has('s-maxage') || limitedTo(control, 'no-cache') === 'all'))
  const window = (name: string, given: Seconds | undefined, otherwise: Seconds): Seconds => {
    if (mode === 'site' && given !== undefined) return given
    return isForbidden ? 0 : (directiveSeconds(control, name) ?? given ?? otherwise)
  }
  const whileRevalidate = window(
    'stale-while-revalidate',
    own.whileRevalidate,
    options.whileRevalidate,
  )
  const ifError = window('stale-if-error', own.ifError, options.ifError)
  return {
    whileRevalidate: Math.min(whileRevalidate, LONGEST_WINDOW),
    ifError: Math.min(ifError, LONGEST_WINDOW),
    isForbidden,
  }
}
