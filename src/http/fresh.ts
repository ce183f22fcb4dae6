/**
 * Whether a request may be answered from the cache, and by this page. Pure, and nobody else
 * decides.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import { type HeaderList, hasCookie, headerValue, type PageRequest } from './message.ts'
import { NO_DIRECTIVES, type RequestDirectives } from './request-directives.ts'
import { NEVER_STALE, type StaleRule } from './stale-rule.ts'
import { allowsAuthorized } from './storable.ts'
import { responseControl } from './targeted.ts'
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
export function bypassReason(
  request: PageRequest,
  cookies: CookieRule,
  mode: 'site' | 'http' = 'site',
): string | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'method'
  if (request.header('upgrade') !== undefined) return 'upgrade'
  if (hasBody(request)) return 'request-body'
  if (cookies === 'bypass' && hasCookie(request)) return 'cookie'
  // RFC 9111 section 4.3.2: those are for the origin, which alone knows its own state.
  if (mode === 'http' && ORIGIN_CONDITIONS.some((name) => request.header(name) !== undefined)) {
    return 'condition'
  }
  // An address that the key could not hold without ambiguity: a scheme or host with a slash, a whole
  // URL in the request line.
  if (request.scheme !== 'http' && request.scheme !== 'https') return 'scheme'
  if (!HOST.test(request.host)) return 'host'
  return request.target.startsWith('/') ? undefined : 'target'
}

const ORIGIN_CONDITIONS = ['if-match', 'if-unmodified-since']

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

/** What a stored page says of itself, and what the request asks for. */
export interface FreshQuestion {
  /** As its backend told it. */
  readonly state: 'fresh' | 'stale'
  readonly headers: HeaderList
  /** When its rendering started, and how old it was then. */
  readonly createdAt: Milliseconds
  readonly age: Seconds
  /** Fresh for so long after `createdAt`. */
  readonly ttl: Seconds
  /** What it may be used for when it is stale. */
  readonly stale?: StaleRule | undefined
  /** The request carries a non-empty `Authorization`. */
  readonly isAuthorized: boolean
  /** It is served under a key that holds `Authorization`. */
  readonly coversAuthorization: boolean
  /** The request carries a cookie, and this site says that no page depends on any. */
  readonly ignoresCookie: boolean
  /** It is served under a key that holds `Cookie`. */
  readonly coversCookie: boolean
  /** What the request asks of caches, where that counts. */
  readonly directives?: RequestDirectives
  /** Fields that stand in the place of its `Cache-Control`. */
  readonly targeted?: readonly string[]
  readonly now: Milliseconds
}

/**
 * `ttl`: left until it stops being fresh, negative where it is stale. `age`: for the header `Age`.
 *
 * Where it is not used, it is `another`'s, or it `expired`: it may be asked for anew with its own
 * validators. `unwanted` is one that others may use, but not this request.
 */
export type Fresh =
  | { readonly use: true; readonly age: Seconds; readonly ttl: Seconds }
  | {
      readonly use: false
      readonly reason: string
      readonly because: 'another' | 'expired' | 'unwanted'
    }

export function fresh(question: FreshQuestion): Fresh {
  const another = anothers(question)
  if (another !== undefined) return { use: false, reason: another, because: 'another' }
  const { createdAt, now, state, stale = NEVER_STALE, directives = NO_DIRECTIVES } = question
  // A clock that was set back must not make a negative age.
  const residentMs = Math.max(0, now - createdAt)
  const resident = Math.floor(residentMs / 1000)
  const age = question.age + resident
  const staleMs = residentMs - question.ttl * 1000
  // What was invalidated is stale before its time: whoever did that wants it served meanwhile.
  const isFresh = state === 'fresh' ? question.ttl > 0 : staleMs < 0
  const left = Math.max(question.ttl - resident, state === 'fresh' ? 0 : -Infinity)
  const { noCache, maxAge = Infinity, minFresh = 0, maxStale } = directives
  if (noCache) return unwanted('no-cache')
  if (age > maxAge) return unwanted('max-age')
  if (!isFresh) {
    if (minFresh > 0) return unwanted('min-fresh')
    const window = Math.max(
      maxAge === Infinity ? stale.whileRevalidate : 0,
      stale.isForbidden ? 0 : (maxStale ?? 0),
    )
    if (window * 1000 < staleMs || window === 0) {
      return { use: false, reason: 'stale', because: 'expired' }
    }
  } else if (left < minFresh) {
    return unwanted('min-fresh')
  }
  return { use: true, age, ttl: Math.floor(left) }
}

function unwanted(reason: string): Fresh {
  return { use: false, reason, because: 'unwanted' }
}

/** Why this page is none for this request, however fresh it is. */
function anothers(question: FreshQuestion): string | undefined {
  const { isAuthorized, coversAuthorization, headers, targeted = [] } = question
  if (isAuthorized && !coversAuthorization) {
    if (!allowsAuthorized(responseControl(headers, targeted))) return 'authorization'
  }
  // Stored by a page further in, which keeps visitors with cookies apart.
  if (question.ignoresCookie && !question.coversCookie) {
    if (hasVary(headerValue(headers, 'vary'), 'cookie')) return 'cookie'
  }
  return undefined
}

/** Whether a stale page stands in for a failure: RFC 5861 section 4. */
export function helpsAfterError(
  { createdAt, ttl, stale = NEVER_STALE }: Pick<FreshQuestion, 'createdAt' | 'ttl' | 'stale'>,
  now: Milliseconds,
): boolean {
  return stale.ifError > 0 && now - createdAt - ttl * 1000 <= stale.ifError * 1000
}
