/**
 * Whether a response may be stored, and for how long. Pure, and nobody else decides.
 *
 * @module
 */

import type { Bytes, Milliseconds, Seconds } from '../units.ts'
import { type Directives, directiveSeconds } from './cache-control.ts'
import { hasOwnCoding } from './encodings.ts'
import { expiresLifetime, statedAge } from './freshness.ts'
import { type HttpRules, httpLifetime, httpRefusal } from './http-storable.ts'
import { type HeaderList, headerValue, headerValues } from './message.ts'
import type { StaleRule } from './stale-rule.ts'
import { responseControl } from './targeted.ts'
import { mergeVary, parseVary } from './vary.ts'

/** What there is to know once the head of a response is about to be sent. */
export interface StorableQuestion {
  readonly method: string
  /** The request carried a non-empty `Authorization`. */
  readonly isAuthorized: boolean
  readonly status: number
  readonly headers: HeaderList
  /** Watched request headers that the handler read, and those that the key holds. */
  readonly reads: ReadonlySet<string>
  readonly covered: readonly string[]
  /** The page's own lifetime, which beats what the response says of itself. */
  readonly ownTtl: Seconds | undefined
  /** For a response that says nothing. */
  readonly defaultTtl: Seconds
  /** Of HTTP mode: the response alone says for how long. `undefined`: site mode. */
  readonly http?: HttpRules | undefined
  readonly now: Milliseconds
}

/**
 * - `store`: fresh for `ttl` more, it had `age` when it came, and `vary` chose it; in HTTP mode also
 *   what it may be used for when it is stale, and which fields no other request may see;
 * - `announce`: its headers tell other caches to keep it for `ttl`, but it is not stored here;
 * - `refuse`: it is sent as it is.
 */
export type Storable =
  | {
      readonly verdict: 'store'
      readonly ttl: Seconds
      readonly age: Seconds
      readonly vary: readonly string[]
      readonly stale?: StaleRule
      readonly keepFor?: Seconds
      readonly leaveOut?: readonly string[]
    }
  | { readonly verdict: 'announce'; readonly ttl: Seconds; readonly reason: string }
  | { readonly verdict: 'refuse'; readonly reason: string }

const POLICIES = ['content-security-policy', 'content-security-policy-report-only']
const REFUSED_DIRECTIVES = ['private', 'no-cache', 'no-store']

/**
 * In site mode the safe list of Django 6.1, in its order, and what Django lets through: see
 * `docs/decisions.md`. In HTTP mode RFC 9111 section 3.
 */
export function storable(question: StorableQuestion): Storable {
  const { headers, status, method, ownTtl, http } = question
  if (method !== 'GET' && method !== 'HEAD') return refuse('method')
  if (http === undefined && status !== 200 && status !== 304) return refuse(`status-${status}`)
  const control = responseControl(headers, http?.targeted ?? [])
  const directive = http === undefined ? siteRefusal(control) : httpRefusal(status, control)
  const unshareable = unshareableReason(headers) ?? directive
  if (unshareable !== undefined) return refuse(unshareable)
  const vary = parseVary(headers)
  if (vary === '*') return refuse('vary-*')
  const unkeyed = unkeyedRead(question, vary)
  if (unkeyed !== undefined) return refuse(`unkeyed:${unkeyed}`)
  if (question.isAuthorized && !allowsAuthorized(control)) return refuse('authorization')
  const chosenBy = withCoding(vary, headers)
  if (http !== undefined) return byHeaders(question, http, control, chosenBy)
  const age = statedAge(headers)
  const stale = staleOnArrival(control, age)
  if (stale !== undefined) return refuse(stale)
  const ttl = ownTtl ?? explicitTtl(question, control) ?? question.defaultTtl
  if (ownTtl === undefined && ttl <= 0) return refuse('max-age=0')
  if (ttl <= 0) return { verdict: 'announce', ttl: 0, reason: 'ttl' }
  if (status === 304) return { verdict: 'announce', ttl, reason: 'status-304' }
  if (method === 'HEAD') return { verdict: 'announce', ttl, reason: 'head' }
  if (ttl <= age) return { verdict: 'announce', ttl, reason: 'age' }
  return { verdict: 'store', ttl: ttl - age, age, vary: chosenBy }
}

/**
 * Bytes in a coding are for who asked as this client did, whether the handler says so or not: another
 * one may be unable to undo it.
 */
function withCoding(vary: readonly string[], headers: HeaderList): readonly string[] {
  return hasOwnCoding(headers) ? mergeVary(vary, ['accept-encoding']) : vary
}

function byHeaders(
  question: StorableQuestion,
  http: HttpRules,
  control: Directives,
  vary: readonly string[],
): Storable {
  const { method, status, headers, ownTtl, now } = question
  const lifetime = httpLifetime(status, headers, control, { ...http, ownTtl, now })
  if (typeof lifetime === 'string') return refuse(lifetime)
  return method === 'HEAD' ? refuse('head') : { verdict: 'store', ...lifetime, vary }
}

/**
 * What may have come to light after the head was built, such as a cookie set by a middleware
 * further out.
 */
export function lateReason(
  status: number,
  headers: HeaderList,
  http: Pick<HttpRules, 'targeted'> | undefined,
): string | undefined {
  const control = responseControl(headers, http?.targeted ?? [])
  const directive = http === undefined ? siteRefusal(control) : httpRefusal(status, control)
  return unshareableReason(headers) ?? directive
}

/** Django's list knows no fields: `private="x"` is `private`. */
function siteRefusal(control: Directives): string | undefined {
  return REFUSED_DIRECTIVES.find((name) => control.has(name))
}

/** What no directive changes. */
export function unshareableReason(headers: HeaderList): string | undefined {
  if (headerValues(headers, 'set-cookie').length > 0) return 'set-cookie'
  // A nonce that is used twice protects nobody: who saw the page can use it on the next visitor.
  if (POLICIES.some((name) => /'nonce-/i.test(headerValue(headers, name) ?? ''))) return 'csp-nonce'
  // An event stream has no end to wait for, and nobody may hold its bytes back.
  const type = headerValue(headers, 'content-type') ?? ''
  if (/^\s*text\/event-stream\b/i.test(type)) return 'event-stream'
  // A part of a page, whatever its status says; and fields that come after the body are not kept.
  if (headerValue(headers, 'content-range') !== undefined) return 'range'
  if (headerValue(headers, 'trailer') !== undefined) return 'trailers'
  return undefined
}

/**
 * A header that the handler read and that nothing says the page depends on.
 * `Access-Control-Allow-Origin: *` answers every `Origin` alike.
 */
function unkeyedRead(
  { headers, reads, covered }: StorableQuestion,
  vary: readonly string[],
): string | undefined {
  const openToAll = headerValue(headers, 'access-control-allow-origin') === '*'
  return [...reads].find(
    (name) => !vary.includes(name) && !covered.includes(name) && !(name === 'origin' && openToAll),
  )
}

/** RFC 9111 section 3.5: what lets a shared cache answer for a request with `Authorization`. */
export function allowsAuthorized(control: Directives): boolean {
  return control.has('public') || control.has('s-maxage') || control.has('must-revalidate')
}

/**
 * Whether a body that ended is the whole of what the head promised and not too large. `undefined`:
 * it is.
 */
export function incompleteReason(
  headers: HeaderList,
  bodyBytes: Bytes,
  maxBodyBytes: Bytes,
): string | undefined {
  if (bodyBytes > maxBodyBytes) return 'too-large'
  const promised = headerValues(headers, 'content-length')
  return promised.every((text) => Number(text) === bodyBytes) ? undefined : 'content-length'
}

function refuse(reason: string): Storable {
  return { verdict: 'refuse', reason }
}

/** What the origin calls stale for shared caches is stale, whatever lifetime the page was given. */
function staleOnArrival(control: Directives, age: Seconds): string | undefined {
  const shared = directiveSeconds(control, 's-maxage')
  if (shared === 0) return 's-maxage=0'
  const lifetime = shared ?? directiveSeconds(control, 'max-age')
  return lifetime !== undefined && lifetime > 0 && age >= lifetime ? 'age' : undefined
}

/** RFC 9111 section 4.2.1: `s-maxage`, else `max-age`, else `Expires`. */
function explicitTtl(question: StorableQuestion, control: Directives): Seconds | undefined {
  const directive = directiveSeconds(control, 's-maxage') ?? directiveSeconds(control, 'max-age')
  if (directive !== undefined) return directive
  return expiresLifetime(question)
}
