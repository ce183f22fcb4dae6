/**
 * Whether a request may be answered from the cache, and by this page. Pure, and nobody else
 * decides.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import { parseCacheControl } from './cache-control.ts'
import {
  type HeaderList,
  hasCookie,
  headerValue,
  headerValues,
  type PageRequest,
} from './message.ts'
import { allowsAuthorized } from './storable.ts'
import { hasVary } from './vary.ts'

/**
 * Which requests with cookies a page cache may serve.
 *
 * - `'bypass'`: none; a request with any cookie neither reads nor fills;
 * - `'ignore'`: all, with the same page: it depends on no cookie;
 * - a list: all; the page depends on these cookies and on no other, and there is a page per set of
 *   values.
 */
export type CookieRule = 'bypass' | 'ignore' | readonly string[]

/** Why a request goes past the cache, or `undefined`: it may be looked up. */
export function bypassReason(request: PageRequest, cookies: CookieRule): string | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'method'
  if (request.header('upgrade') !== undefined) return 'upgrade'
  if (hasBody(request)) return 'request-body'
  if (cookies === 'bypass' && hasCookie(request)) return 'cookie'
  // An address that the key could not hold without ambiguity: a scheme or host with a slash, a whole
  // URL in the request line.
  if (request.scheme !== 'http' && request.scheme !== 'https') return 'scheme'
  if (!HOST.test(request.host)) return 'host'
  return request.target.startsWith('/') ? undefined : 'target'
}

/** RFC 3986 section 3.2.2, with a port: no `/`, `?`, `#`, `@`, `\` or blank. */
const HOST = /^[\w.~%!$&'()*+,;=:[\]-]+$/

/** A body that the handler may read and no key covers ("fat GET"). */
function hasBody(request: PageRequest): boolean {
  const length = request.header('content-length')
  return (
    request.bodyFollows === true ||
    request.header('transfer-encoding') !== undefined ||
    (length !== undefined && Number(length) !== 0)
  )
}

/** What a stored page says of itself. */
export interface FreshQuestion {
  /** As its backend told it. */
  readonly state: 'fresh' | 'stale'
  readonly headers: HeaderList
  /** When its rendering started, and how old it was then. */
  readonly createdAt: Milliseconds
  readonly age: Seconds
  /** Fresh for so long after `createdAt`. */
  readonly ttl: Seconds
  /** The request carries a non-empty `Authorization`. */
  readonly isAuthorized: boolean
  /** It is served under a key that holds `Authorization`. */
  readonly coversAuthorization: boolean
  /** The request carries a cookie, and this site says that no page depends on any. */
  readonly ignoresCookie: boolean
  /** It is served under a key that holds `Cookie`. */
  readonly coversCookie: boolean
  readonly now: Milliseconds
}

/**
 * `ttl`: left until it stops being fresh, negative where it is stale. `age`: for the header `Age`.
 */
export type Fresh =
  | { readonly use: true; readonly age: Seconds; readonly ttl: Seconds }
  | { readonly use: false; readonly reason: string }

export function fresh(question: FreshQuestion): Fresh {
  const { isAuthorized, coversAuthorization, createdAt, now } = question
  if (isAuthorized && !coversAuthorization) {
    const control = parseCacheControl(headerValues(question.headers, 'cache-control'))
    if (!allowsAuthorized(control)) return { use: false, reason: 'authorization' }
  }
  // Stored by a page further in, which keeps visitors with cookies apart.
  if (question.ignoresCookie && !question.coversCookie) {
    if (hasVary(headerValue(question.headers, 'vary'), 'cookie')) {
      return { use: false, reason: 'cookie' }
    }
  }
  // A clock that was set back must not make a negative age.
  const resident = Math.max(0, Math.floor((now - createdAt) / 1000))
  const left = Math.max(question.ttl - resident, question.state === 'fresh' ? 0 : -Infinity)
  return { use: true, age: question.age + resident, ttl: Math.floor(left) }
}
