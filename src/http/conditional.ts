/**
 * Conditional requests: RFC 9110 section 13.
 *
 * @module
 */

import type { Milliseconds } from '../units.ts'
import { parseHttpDate } from './http-date.ts'
import { filterHeaders, type HeaderList, headerValue, type PageRequest } from './message.ts'

/**
 * What a client made its request depend on: the values of these headers, `undefined` where absent.
 */
export interface Conditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: string | undefined
  readonly ifUnmodifiedSince?: string | undefined
}

/** What a response says of its own state: the values of `ETag` and `Last-Modified`. */
export interface Validators {
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
}

/** Send it all, send 304, or send 412. */
export type ConditionalAnswer = 'full' | 'not-modified' | 'failed'

// A backslash in a tag is one of its characters and escapes nothing.
const ENTITY_TAGS = /(?<=^|,)\s*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?=,|$)/g

/** Reads a list of entity tags; what is none is dropped. `*` alone gives `['*']`. */
export function parseEntityTags(text: string): readonly string[] {
  if (text.trim() === '*') return ['*']
  return [...text.matchAll(ENTITY_TAGS)].flatMap(([, tag]) => tag ?? [])
}

/** Weak comparison: the opaque parts agree. RFC 9110 section 8.8.3.2. */
export function matchesWeakly(one: string, other: string): boolean {
  return one.replace(/^W\//, '') === other.replace(/^W\//, '')
}

/** Strong comparison: the opaque parts agree and neither is weak. */
export function matchesStrongly(one: string, other: string): boolean {
  return one === other && !one.startsWith('W/')
}

/**
 * Decides a conditional request, in the order of RFC 9110 section 13.2.2: a date counts only where
 * no tag was sent, so that a client with another representation of the same second gets the full
 * response.
 */
export function evaluateConditions(
  method: string,
  conditions: Conditions,
  validators: Validators,
  now: Milliseconds,
): ConditionalAnswer {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  const reads = method === 'GET' || method === 'HEAD'
  if (ifMatch !== undefined) {
    if (!someTag(ifMatch, validators.etag, matchesStrongly)) return 'failed'
  } else if (isOlder(ifUnmodifiedSince, validators.lastModified, now)) {
    return 'failed'
  }
  if (ifNoneMatch !== undefined) {
    if (!someTag(ifNoneMatch, validators.etag, matchesWeakly)) return 'full'
    return reads ? 'not-modified' : 'failed'
  }
  const since = parseHttpDate(ifModifiedSince, now)
  const modified = parseHttpDate(validators.lastModified, now)
  if (!reads || since === undefined || modified === undefined) return 'full'
  return modified <= since ? 'not-modified' : 'full'
}

/** What a request depends on; `undefined`: on nothing. */
export function conditionsOf(request: PageRequest): Conditions | undefined {
  const ifMatch = request.header('if-match')
  const ifNoneMatch = request.header('if-none-match')
  const ifModifiedSince = request.header('if-modified-since')
  const ifUnmodifiedSince = request.header('if-unmodified-since')
  const isConditional =
    ifMatch !== undefined ||
    ifNoneMatch !== undefined ||
    ifModifiedSince !== undefined ||
    ifUnmodifiedSince !== undefined
  return isConditional ? { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } : undefined
}

/**
 * How a GET or HEAD is answered by a 200 with `headers`. One that has no date is not asked for it:
 * RFC 9110 section 13.1.4.
 */
export function conditionalAnswer(
  request: PageRequest,
  headers: HeaderList,
  now: Milliseconds,
): ConditionalAnswer {
  const conditions = conditionsOf(request)
  if (conditions === undefined) return 'full'
  const etag = headerValue(headers, 'etag')
  const lastModified = headerValue(headers, 'last-modified')
  return answerFor(request.method, conditions, { etag, lastModified }, now)
}

/** {@link evaluateConditions}, for a response that was made without looking at them. */
export function answerFor(
  method: string,
  conditions: Conditions,
  validators: Validators,
  now: Milliseconds,
): ConditionalAnswer {
  const { ifUnmodifiedSince } = conditions
  if (ifUnmodifiedSince === undefined || validators.lastModified !== undefined) {
    return evaluateConditions(method, conditions, validators, now)
  }
  return evaluateConditions(
    method,
    { ...conditions, ifUnmodifiedSince: undefined },
    validators,
    now,
  )
}

/**
 * Whether a GET or HEAD asks for no more than what a 200 with `headers` would tell that it has
 * already.
 */
export function isNotModified(
  request: PageRequest,
  headers: HeaderList,
  now: Milliseconds,
): boolean {
  return conditionalAnswer(request, headers, now) === 'not-modified'
}

function someTag(
  list: string,
  etag: string | undefined,
  matches: (one: string, other: string) => boolean,
): boolean {
  if (etag === undefined) return false
  return parseEntityTags(list).some((tag) => tag === '*' || matches(tag, etag.trim()))
}

/**
 * Without a `Last-Modified` nothing shows that it was not modified: the precondition fails, as in
 * Django.
 */
function isOlder(
  ifUnmodifiedSince: string | undefined,
  lastModified: string | undefined,
  now: Milliseconds,
): boolean {
  const since = parseHttpDate(ifUnmodifiedSince, now)
  if (since === undefined) return false
  const modified = parseHttpDate(lastModified, now)
  return modified === undefined || modified > since
}

/**
 * RFC 9110 section 15.4.5; `Last-Modified` beside them, as Django sends it, and what caches say of
 * themselves.
 */
const NOT_MODIFIED_FIELDS: ReadonlySet<string> = new Set([
  'age',
  'cache-control',
  'cache-status',
  'content-location',
  'date',
  'etag',
  'expires',
  'last-modified',
  'set-cookie',
  'vary',
])

/** The header fields of a 304 in place of a response with `headers`. */
export function notModifiedHeaders(headers: HeaderList): string[] {
  return filterHeaders(headers, (name) => NOT_MODIFIED_FIELDS.has(name))
}

/**
 * The header fields of an answer that refuses what one request asked for. Another cache must not
 * keep it: it would refuse everybody.
 */
export function refusalHeaders(headers: HeaderList): string[] {
  const kept = filterHeaders(headers, (name) => name === 'date' || name === 'vary')
  return [...kept, 'Cache-Control', 'no-store']
}
