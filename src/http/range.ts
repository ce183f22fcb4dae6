/**
 * Parts of a page that is there as a whole: RFC 9110 section 14.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import type { Bytes, Milliseconds } from '../units.ts'
import { matchesStrongly, parseEntityTags, refusalHeaders } from './conditional.ts'
import { parseHttpDate } from './http-date.ts'
import {
  filterHeaders,
  type HeaderList,
  headerValue,
  type PageRequest,
  withHeader,
} from './message.ts'

/** A part, both ends included. */
export interface ByteRange {
  readonly first: Bytes
  readonly last: Bytes
}

/** `'whole'`: the request asks for no part, or for parts that are not worth it. */
export type RangeChoice = readonly ByteRange[] | 'whole' | 'unsatisfiable'

/** A 206 or 416 in place of a 200. */
export interface RangeAnswer {
  readonly status: 206 | 416
  readonly headers: HeaderList
  readonly body: Buffer
}

// RFC 9110 section 14.2 lets a server ignore requests that look like an attack. A player or a viewer
// of documents asks for a few parts.
const MAX_RANGES = 10
const RANGES = /^bytes=(.*)$/is
const RANGE = /^(\d*)-(\d*)$/

/**
 * Reads `Range` for a page of `size` bytes. What is no valid set of byte ranges asks for the whole
 * page. Parts that overlap or touch become one, in the order in which they were asked for.
 */
export function chooseRanges(header: string, size: Bytes): RangeChoice {
  const [, list] = RANGES.exec(header.trim()) ?? []
  if (list === undefined) return 'whole'
  const specs = list
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '')
  if (specs.length === 0 || specs.length > MAX_RANGES) return 'whole'
  const parts: ByteRange[] = []
  for (const spec of specs) {
    const part = parseRange(spec, size)
    if (part === 'invalid') return 'whole'
    if (part !== undefined) parts.push(part)
  }
  return parts.length === 0 ? 'unsatisfiable' : coalesce(parts)
}

/**
 * How a request for parts of a 200 is answered, or `undefined`: with all of it. `headers` are those
 * of the 200, without `Content-Length`.
 */
export function rangeAnswer(
  request: PageRequest,
  headers: HeaderList,
  body: Buffer,
  now: Milliseconds,
): RangeAnswer | undefined {
  const range = request.method === 'GET' ? request.header('range') : undefined
  if (range === undefined || !isIfRangeMet(request.header('if-range'), headers, now)) {
    return undefined
  }
  const choice = chooseRanges(range, body.length)
  if (choice === 'whole') return undefined
  if (choice === 'unsatisfiable') {
    const told = ['Content-Range', `bytes */${body.length}`, 'Content-Length', '0']
    return {
      status: 416,
      headers: [...refusalHeaders(headers), ...told],
      body: body.subarray(0, 0),
    }
  }
  const [only, ...others] = choice
  if (only === undefined) return undefined
  const about = filterHeaders(headers, (name) => !OF_THE_WHOLE.has(name))
  if (others.length === 0) return singlePart(only, about, body)
  // Nobody could tell whether the parts are compressed, or all of them together.
  return headerValue(headers, 'content-encoding') === undefined
    ? multipart(choice, about, body)
    : undefined
}

/** Digests of the bytes that a whole answer has. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(['content-digest', 'content-md5'])

function parseRange(spec: string, size: Bytes): ByteRange | 'invalid' | undefined {
  const [, first = '', last = ''] = RANGE.exec(spec) ?? []
  if (first === '' && last === '') return 'invalid'
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? undefined : { first: size - length, last: size - 1 }
  }
  if (last !== '' && Number(last) < Number(first)) return 'invalid'
  if (Number(first) >= size) return undefined
  return { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

function coalesce(parts: readonly ByteRange[]): ByteRange[] {
  const kept: ByteRange[] = []
  for (const part of parts) {
    let { first, last } = part
    let at = kept.length
    // A part may bridge several that were apart.
    for (let i = kept.length - 1; i >= 0; i--) {
      const other = kept[i]
      if (other === undefined || other.first > last + 1 || first > other.last + 1) continue
      first = Math.min(first, other.first)
      last = Math.max(last, other.last)
      kept.splice(i, 1)
      at = i
    }
    kept.splice(at, 0, { first, last })
  }
  return kept
}

/** RFC 9110 section 13.1.5: only what proves that the bytes are the same ones. */
function isIfRangeMet(
  ifRange: string | undefined,
  headers: HeaderList,
  now: Milliseconds,
): boolean {
  if (ifRange === undefined) return true
  const etag = headerValue(headers, 'etag')
  const [tag] = parseEntityTags(ifRange)
  if (tag !== undefined) return etag !== undefined && matchesStrongly(tag, etag.trim())
  const modified = headerValue(headers, 'last-modified')
  const since = parseHttpDate(ifRange, now)
  const modifiedAt = parseHttpDate(modified, now)
  const sentAt = parseHttpDate(headerValue(headers, 'date'), now)
  if (since === undefined || modifiedAt === undefined || sentAt === undefined) return false
  // Section 8.8.2.2: within one second of its being sent, a page may change without a new date.
  return since === modifiedAt && modifiedAt <= sentAt - 1000
}

function singlePart({ first, last }: ByteRange, headers: HeaderList, body: Buffer): RangeAnswer {
  const part = body.subarray(first, last + 1)
  const told = withHeader(headers, 'Content-Range', `bytes ${first}-${last}/${body.length}`)
  return {
    status: 206,
    headers: withHeader(told, 'Content-Length', String(part.length)),
    body: part,
  }
}

/** RFC 9110 section 14.6. */
function multipart(parts: readonly ByteRange[], headers: HeaderList, body: Buffer): RangeAnswer {
  // Random: a page must not be able to hold the line that ends its part.
  const boundary = randomBytes(18).toString('base64url')
  const type = headerValue(headers, 'content-type')
  const chunks = parts.flatMap(({ first, last }) => {
    const head = [
      `\r\n--${boundary}`,
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
      `Content-Range: bytes ${first}-${last}/${body.length}`,
      '\r\n',
    ]
    return [Buffer.from(head.join('\r\n'), 'latin1'), body.subarray(first, last + 1)]
  })
  const whole = Buffer.concat([...chunks, Buffer.from(`\r\n--${boundary}--\r\n`)])
  const told = withHeader(headers, 'Content-Type', `multipart/byteranges; boundary=${boundary}`)
  return {
    status: 206,
    headers: withHeader(told, 'Content-Length', String(whole.length)),
    body: whole,
  }
}
