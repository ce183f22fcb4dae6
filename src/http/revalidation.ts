/**
 * Asking the handler whether a stored page is still right: RFC 9111 section 4.3.
 *
 * @module
 */

import type { Milliseconds } from '../units.ts'
import { storedFields } from './announce.ts'
import { matchesStrongly, matchesWeakly } from './conditional.ts'
import { filterHeaders, type HeaderList, headerValue } from './message.ts'

/** The conditions that a handler sees in place of the client's, as request headers. */
export interface RevalidationFields {
  readonly 'if-none-match'?: string
  readonly 'if-modified-since'?: string
}

/** Section 4.3.1: the validators of what is stored, or nothing where it has none. */
export function revalidationFields(headers: HeaderList): RevalidationFields {
  const etag = headerValue(headers, 'etag')
  const modified = headerValue(headers, 'last-modified')
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  }
}

export function hasValidator(headers: HeaderList): boolean {
  return (
    headerValue(headers, 'etag') !== undefined ||
    headerValue(headers, 'last-modified') !== undefined
  )
}

/**
 * Whether a 304 with `received` speaks of the stored response (section 4.3.4): it names the same
 * validators, or none. A strong one must be the same byte for byte.
 */
export function isOfStored(received: HeaderList, stored: HeaderList): boolean {
  const etag = headerValue(received, 'etag')?.trim()
  if (etag !== undefined) {
    const known = headerValue(stored, 'etag')?.trim() ?? ''
    return etag.startsWith('W/') ? matchesWeakly(etag, known) : matchesStrongly(etag, known)
  }
  const modified = headerValue(received, 'last-modified')
  return modified === undefined || modified === headerValue(stored, 'last-modified')
}

/** Section 3.2: fields that say what the stored bytes are stay as they were stored. */
const OF_THE_STORED_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'etag',
])

/** The stored fields, brought up to date by those of a 304. */
export function freshenedFields(
  stored: HeaderList,
  received: HeaderList,
  now: Milliseconds,
): HeaderList {
  const news = filterHeaders(storedFields(received, now), (name) => !OF_THE_STORED_BODY.has(name))
  const names = new Set(headerNames(news))
  // Not one by one: what the 304 has several lines of replaces all lines that were stored.
  return [...filterHeaders(stored, (name) => !names.has(name)), ...news]
}

function headerNames(headers: HeaderList): string[] {
  return headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
}
