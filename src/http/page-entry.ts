/**
 * Stored pages ⇄ bytes: a small frame of JSON for the head, and the body as it is.
 *
 * ```
 * 0  3 bytes  magic "RPG"
 * 3  1 byte   version of this form
 * 4  4 bytes  length of the JSON, big-endian
 * 8  4 bytes  length of the body, big-endian
 * 12          JSON in UTF-8, then the body, and nothing behind it
 * ```
 *
 * Bytes from a shared server are data: whatever is not exactly this is no entry, and a miss.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import type { HeaderList } from './message.ts'

/** A page as it is stored. */
export interface StoredPage {
  readonly kind: 'page'
  readonly status: number
  /**
   * Without the fields of one connection, `Content-Length`, `Age` and what this cache says of
   * itself.
   */
  readonly headers: HeaderList
  /** When its rendering started. */
  readonly createdAt: Milliseconds
  /** How old it was then: the `Age` it came with. */
  readonly age: Seconds
  /** Fresh for so long after `createdAt`. */
  readonly ttl: Seconds
  /** The request headers that chose this page. */
  readonly vary: readonly string[]
  /** Part of the key of every variant of this address, so that they are lost together. */
  readonly nonce: string
  readonly body: Buffer
}

/** What lies under the address of a page that has variants. */
export interface VaryMarker {
  readonly kind: 'marker'
  readonly vary: readonly string[]
  readonly nonce: string
}

export type PageEntry = StoredPage | VaryMarker

/** What the keys of variants are made from, whichever of the two lies under an address. */
export type EntryTag = Pick<PageEntry, 'kind' | 'vary' | 'nonce'>

const MAGIC_AND_VERSION = Buffer.from([0x52, 0x50, 0x47, 1])
const PREAMBLE_BYTES = 12

/** Copies: the entry keeps nothing of the page. */
export function encodeEntry(entry: PageEntry): Buffer {
  const body = entry.kind === 'page' ? entry.body : Buffer.alloc(0)
  const head = Buffer.from(JSON.stringify({ ...entry, body: undefined }))
  const frame = Buffer.allocUnsafe(PREAMBLE_BYTES + head.length + body.length)
  MAGIC_AND_VERSION.copy(frame)
  frame.writeUInt32BE(head.length, 4)
  frame.writeUInt32BE(body.length, 8)
  head.copy(frame, PREAMBLE_BYTES)
  body.copy(frame, PREAMBLE_BYTES + head.length)
  return frame
}

/**
 * Reads a frame, or `undefined` where `value` is none. The body is a view of `value`, not a copy.
 */
export function decodeEntry(value: unknown): PageEntry | undefined {
  if (!(value instanceof Uint8Array) || value.length < PREAMBLE_BYTES) return undefined
  const frame = Buffer.from(value.buffer, value.byteOffset, value.length)
  if (!frame.subarray(0, 4).equals(MAGIC_AND_VERSION)) return undefined
  const headEnd = PREAMBLE_BYTES + frame.readUInt32BE(4)
  if (headEnd + frame.readUInt32BE(8) !== frame.length) return undefined
  const head = parseHead(frame.toString('utf8', PREAMBLE_BYTES, headEnd))
  if (head === undefined) return undefined
  const { vary, nonce } = head
  if (!isTextList(vary) || typeof nonce !== 'string') return undefined
  if (head.kind === 'marker') return { kind: 'marker', vary, nonce }
  return head.kind === 'page' ? pageOf(head, vary, nonce, frame.subarray(headEnd)) : undefined
}

function pageOf(
  head: Record<string, unknown>,
  vary: readonly string[],
  nonce: string,
  body: Buffer,
): StoredPage | undefined {
  const { status, headers, createdAt, age, ttl } = head
  if (!isHeaderList(headers)) return undefined
  if (!isNumber(status) || !Number.isInteger(status) || status < 200 || status > 599) {
    return undefined
  }
  if (!isNumber(createdAt) || !isNumber(age) || !isNumber(ttl)) return undefined
  return { kind: 'page', status, headers, createdAt, age, ttl, vary, nonce, body }
}

function parseHead(text: string): Record<string, unknown> | undefined {
  try {
    const head: unknown = JSON.parse(text)
    return isRecord(head) ? head : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** What Node would refuse to send must not get so far: it would throw in the middle of a head. */
function isHeaderList(value: unknown): value is string[] {
  if (!isTextList(value) || value.length % 2 !== 0) return false
  return value.every((text, i) => (i % 2 === 0 ? FIELD_NAME : FIELD_VALUE).test(text))
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
