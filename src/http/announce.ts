/**
 * What a page cache puts on a response, as pure functions of it.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { Milliseconds, Seconds } from '../units.ts'
import { patchCacheControl } from './cache-control.ts'
import { formatHttpDate } from './http-date.ts'
import { filterHeaders, type HeaderList, headerValue, headerValues, withHeader } from './message.ts'
import { patchVary } from './vary.ts'

/**
 * The fields that tell others for how long a page may be kept: `Expires` where absent, and the
 * lesser `max-age`.
 */
export function lifetimeFields(headers: HeaderList, ttl: Seconds, now: Milliseconds): string[] {
  const seconds = Math.max(0, Math.floor(ttl))
  const control = headerValue(headers, 'cache-control')
  const fields = ['Cache-Control', patchCacheControl(control, { maxAge: seconds })]
  if (headerValue(headers, 'expires') === undefined) {
    fields.push('Expires', formatHttpDate(now + seconds * 1000))
  }
  return fields
}

/** `Vary` with `names` added; nothing where there are none. */
export function varyFields(headers: HeaderList, names: readonly string[]): string[] {
  return names.length === 0 ? [] : ['Vary', patchVary(headerValue(headers, 'vary'), names)]
}

/** A strong tag made of the bytes, or `undefined` for an empty body. */
export function bodyTag(body: Uint8Array): string | undefined {
  if (body.length === 0) return undefined
  // 128 bits of the digest: no two bodies of one address will ever share them.
  return `"${createHash('sha256').update(body).digest().subarray(0, 16).toString('base64url')}"`
}

/**
 * `existing` with what this cache did appended: the member closest to the client comes last (RFC
 * 9211 section 2).
 */
export function cacheStatus(existing: string | undefined, parameters: string): string {
  const ours = `reprise; ${parameters}`
  return existing === undefined || existing.trim() === '' ? ours : `${existing}, ${ours}`
}

/** A `detail` parameter: a token, or a string in quotes where it is none (RFC 8941 section 3.3). */
export function statusDetail(detail: string): string {
  return /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/.test(detail)
    ? `detail=${detail}`
    : `detail="${detail.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`
}

/**
 * Fields of one connection or one answer (RFC 9110 section 7.6.1), or that are made anew for each.
 */
const NOT_STORED = new Set([
  'age',
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The fields that are stored: with a `Date`, without those of one connection. */
export function storedFields(headers: HeaderList, now: Milliseconds): string[] {
  const listed = headerValues(headers, 'connection').join(',').toLowerCase().split(',')
  const hopByHop = new Set(listed.map((name) => name.trim()))
  const kept = filterHeaders(headers, (name) => !NOT_STORED.has(name) && !hopByHop.has(name))
  return headerValue(kept, 'date') === undefined
    ? withHeader(kept, 'Date', formatHttpDate(now))
    : kept
}

/** What goes from a response that turns into a 304: the fields that describe its content. */
export const CONTENT_FIELDS: readonly string[] = [
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Language',
  'Content-Disposition',
  'Accept-Ranges',
  'Transfer-Encoding',
]
