/**
 * Whether a shared cache may store a response by what the response says of itself: RFC 9111 section
 * 3. A part of {@link storable}.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import { type Directives, limitedTo } from './cache-control.ts'
import { ageOnRequest, statedLifetime } from './freshness.ts'
import { type HeaderList, headerValue } from './message.ts'
import { hasValidator } from './revalidation.ts'
import { type StaleRule, staleRule } from './stale-rule.ts'
import type { OwnWindows } from './stale-windows.ts'
import { targetedControl } from './targeted.ts'

/** What HTTP mode goes by, besides the response. */
export interface HttpRules {
  /** Fields that stand in the place of `Cache-Control`, in lower case. */
  readonly targeted: readonly string[]
  readonly heuristic: number
  /** How long a response with a validator is kept after its lifetime, to ask whether it changed. */
  readonly revalidateFor: Seconds
  /** The stale windows of the site, and of this page. */
  readonly stale: {
    readonly own?: OwnWindows
    readonly whileRevalidate: Seconds
    readonly ifError: Seconds
  }
  /** When the handler was asked. */
  readonly requestedAt: Milliseconds
}

/** What is known of a response that nothing forbids to store. */
export interface HttpLifetime {
  readonly ttl: Seconds
  readonly age: Seconds
  readonly stale: StaleRule
  /** For so long after `ttl` it is of use. */
  readonly keepFor: Seconds
  /** Fields, in lower case, that no other request may see. */
  readonly leaveOut: readonly string[]
}

/** Final status codes whose meaning for a cache is known (RFC 9110 section 15). */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 305, 307, 308, 400, 401, 402, 403, 404, 405,
  406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503,
  504, 505,
])

/** What a directive that keeps a response from being stored is called; `undefined`: there is none. */
export function httpRefusal(status: number, control: Directives): string | undefined {
  // Parts are stored by nobody here, and a 304 is no response of its own.
  if (status === 206 || status === 304) return `status-${status}`
  if (control.has('must-understand')) {
    // Section 5.2.2.3: then `no-store` is for those who do not.
    if (!UNDERSTOOD.has(status)) return `status-${status}`
  } else if (control.has('no-store')) {
    return 'no-store'
  }
  if (cannotLeaveOut(limitedTo(control, 'private'))) return 'private'
  const unvalidated = limitedTo(control, 'no-cache')
  return unvalidated !== 'all' && cannotLeaveOut(unvalidated) ? 'no-cache' : undefined
}

/** Fields without which the response would be another one, or could not be judged any more. */
const NEEDED = /^(?:content-.*|cache-control|date|etag|expires|last-modified|location|vary)$/

function cannotLeaveOut(fields: readonly string[] | 'all' | undefined): boolean {
  return fields === 'all' || (fields ?? []).some((name) => NEEDED.test(name))
}

/** How long it is fresh and kept, or why it is of no use to keep it. */
export function httpLifetime(
  status: number,
  headers: HeaderList,
  control: Directives,
  rules: HttpRules & { readonly ownTtl: Seconds | undefined; readonly now: Milliseconds },
): HttpLifetime | string {
  const { heuristic, targeted, ownTtl, requestedAt, now } = rules
  if (ownTtl !== undefined && ownTtl <= 0) return 'ttl'
  const isTargeted = targetedControl(headers, targeted) !== undefined
  const isUnvalidated = limitedTo(control, 'no-cache') === 'all'
  const stated = ownTtl ?? statedLifetime({ status, headers, control, isTargeted, heuristic, now })
  if (stated === undefined && !isUnvalidated) return 'no-freshness'
  const age = ageOnRequest(headers, requestedAt, now)
  const ttl = isUnvalidated ? 0 : Math.max(0, (stated ?? 0) - age)
  const stale = staleRule(control, { ...rules.stale, mode: 'http' })
  const keepFor = Math.max(
    stale.whileRevalidate,
    stale.ifError,
    hasValidator(headers) ? rules.revalidateFor : 0,
  )
  if (ttl > 0 || keepFor > 0) {
    return { ttl, age: Math.max(0, age), stale, keepFor, leaveOut: leaveOut(headers, control) }
  }
  if (isUnvalidated) return 'no-cache'
  return stated === 0 ? 'max-age=0' : 'age'
}

function leaveOut(headers: HeaderList, control: Directives): string[] {
  const fields = [limitedTo(control, 'private'), limitedTo(control, 'no-cache')]
  return fields
    .flatMap((names) => (names === undefined || names === 'all' ? [] : names))
    .filter((name) => headerValue(headers, name) !== undefined)
}
