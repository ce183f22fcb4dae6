/**
 * The stale windows that a site and its pages have set.
 *
 * @module
 */

import type { Seconds } from '../units.ts'
import { parseCacheControl } from './cache-control.ts'
import { resolveWindow } from './http-options.ts'
import { type HeaderList, headerValues } from './message.ts'
import type { PagePolicy, ResolvedPageOptions } from './page-options.ts'
import { type StaleRule, staleRule } from './stale-rule.ts'

/** Those of one page. */
export interface OwnWindows {
  readonly whileRevalidate?: Seconds
  readonly ifError?: Seconds
}

export function ownWindows({ staleWhileRevalidate, staleIfError }: PagePolicy): OwnWindows {
  const whileRevalidate =
    staleWhileRevalidate === undefined
      ? {}
      : { whileRevalidate: resolveWindow('staleWhileRevalidate', staleWhileRevalidate) }
  const ifError =
    staleIfError === undefined ? {} : { ifError: resolveWindow('staleIfError', staleIfError) }
  return { ...whileRevalidate, ...ifError }
}

/** What a page of site mode may be used for when it is stale. */
export function siteStaleRule(
  headers: HeaderList,
  policy: PagePolicy,
  { staleWhileRevalidate, staleIfError }: ResolvedPageOptions,
): StaleRule {
  return staleRule(parseCacheControl(headerValues(headers, 'cache-control')), {
    own: ownWindows(policy),
    whileRevalidate: staleWhileRevalidate,
    ifError: staleIfError,
    mode: 'site',
  })
}
