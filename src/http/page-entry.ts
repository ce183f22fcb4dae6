/**
 * Stored pages ⇄ bytes: a small frame of JSON for the head, and the body as it is, with what it was
 * compressed to.
 *
 * ```
 * 0  3 bytes  magic "RPG"
 * 3  1 byte   version of this form
 * 4  4 bytes  length of the JSON, big-endian
 * 8  4 bytes  length of the body, big-endian
 * 12          JSON in UTF-8, the body, the compressed bodies one after the other, nothing behind
 * ```
 *
 * The JSON names the compressed bodies in their order, each with its length.
 *
 * Bytes from a shared server are data: whatever is not exactly this is no entry, and a miss.
 *
 * @module
 */

import { isSealed, seal } from '../cache/sealed.ts'
import { CacheError } from '../errors.ts'
import type { Bytes, Milliseconds, Seconds } from '../units.ts'
import type { CodedBody } from './encodings.ts'
import type { HeaderList } from './message.ts'
import { type CodedLength, headOf, type PageHead } from './page-head.ts'
import type { StoredHoles } from './page-holes.ts'
import type { StaleRule } from './stale-rule.ts'

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
  /** What it may be used for then. Absent: nothing. */
  readonly stale?: StaleRule | undefined
  /** Those it was stored with, where its handler may confirm it without naming them again. */
  readonly tags?: readonly string[] | undefined
  /** The request headers that chose this page. */
  readonly vary: readonly string[]
  /** Part of the key of every variant of this address, so that they are lost together. */
  readonly nonce: string
  /** As the handler sent it. */
  readonly body: Buffer
  /** The same bytes compressed, best first. Empty where that was not asked for, or not worth it. */
  readonly codings: readonly CodedBody[]
  /** What is rendered for each request, and where in `body` it goes. Absent: nothing. */
  readonly holes?: StoredHoles | undefined
}

/** What lies under the address of a page that has variants. */
export interface VaryMarker {
  readonly kind: 'marker'
  readonly vary: readonly string[]
  readonly nonce: string
  /** That of the variants before a soft purge: out of date, and served while new ones are rendered. */
  readonly previous?: string
}

export type PageEntry = StoredPage | VaryMarker

/** What the keys of variants are made from, whichever of the two lies under an address. */
export type EntryTag = Pick<PageEntry, 'kind' | 'vary' | 'nonce'>

/** "RPG" and the version. */
const MAGIC_AND_VERSION = 0x52504702
const PREAMBLE_BYTES = 12

/** Far more than any server sends, and little enough to be read at once. */
const MAX_HEAD_BYTES: Bytes = 262_144

/** What the frames of this process hold: nobody changes those, so they are read once. */
const entryOf = new WeakMap<Uint8Array, PageEntry>()

/**
 * Copies: the entry keeps nothing of the page.
 *
 * @throws {@link CacheError} `ERR_VALUE_TOO_LARGE` where nobody would read the head.
 */
export function encodeEntry(entry: PageEntry): Buffer {
  const bodies =
    entry.kind === 'page' ? [entry.body, ...entry.codings.map((coded) => coded.body)] : []
  const head = Buffer.from(JSON.stringify(headFields(entry)))
  if (head.length > MAX_HEAD_BYTES) {
    const message = `The head of a page takes ${head.length} bytes: at most ${MAX_HEAD_BYTES} are kept.`
    throw new CacheError('ERR_VALUE_TOO_LARGE', message)
  }
  const preamble = Buffer.allocUnsafe(PREAMBLE_BYTES)
  preamble.writeUInt32BE(MAGIC_AND_VERSION)
  preamble.writeUInt32BE(head.length, 4)
  preamble.writeUInt32BE(bodies[0]?.length ?? 0, 8)
  return Buffer.concat([preamble, head, ...bodies])
}

/**
 * {@link encodeEntry}, for a cache to keep: in this process it is handed out itself, and read once.
 */
export function sealedEntry(entry: PageEntry): Uint8Array {
  return seal(encodeEntry(entry))
}

function headFields(entry: PageEntry): object {
  if (entry.kind === 'marker') return entry
  const codings = entry.codings.map(({ coding, body }): CodedLength => [coding, body.length])
  // Who knows of no holes must not take such a page for a whole one.
  const kind = entry.holes === undefined ? entry.kind : 'holed-page'
  return { ...entry, kind, body: undefined, codings }
}

/**
 * Reads a frame, or `undefined` where `value` is none. The bodies are views of `value`, not copies.
 */
export function decodeEntry(value: unknown): PageEntry | undefined {
  if (!(value instanceof Uint8Array) || value.length < PREAMBLE_BYTES) return undefined
  const known = entryOf.get(value)
  if (known !== undefined) return known
  const entry = readFrame(Buffer.from(value.buffer, value.byteOffset, value.length))
  if (entry !== undefined && isSealed(value)) entryOf.set(value, entry)
  return entry
}

function readFrame(frame: Buffer): PageEntry | undefined {
  if (frame.readUInt32BE(0) !== MAGIC_AND_VERSION) return undefined
  const headLength = frame.readUInt32BE(4)
  const bodyLength = frame.readUInt32BE(8)
  const headEnd = PREAMBLE_BYTES + headLength
  if (headLength > MAX_HEAD_BYTES || headEnd + bodyLength > frame.length) return undefined
  const head = headOf(frame.subarray(PREAMBLE_BYTES, headEnd))
  if (head?.kind === 'page') return pageOf(head, frame, headEnd, bodyLength)
  return headEnd === frame.length ? head : undefined
}

function pageOf(
  head: PageHead,
  frame: Buffer,
  headEnd: Bytes,
  bodyLength: Bytes,
): StoredPage | undefined {
  let end = headEnd + bodyLength
  const body = frame.subarray(headEnd, end)
  const codings: CodedBody[] = []
  for (const [coding, length] of head.codings) {
    codings.push({ coding, body: frame.subarray(end, end + length) })
    end += length
  }
  if (end !== frame.length || (head.holes?.places.at(-1)?.[0] ?? 0) > bodyLength) return undefined
  const { kind, status, headers, createdAt, age, ttl, stale, tags, vary, nonce, holes } = head
  // Written out: a spread of so many fields costs 3 µs for each hit, and as much again to who reads
  // what comes of it (bench/pages).
  return {
    kind,
    status,
    headers,
    createdAt,
    age,
    ttl,
    stale,
    tags,
    vary,
    nonce,
    body,
    codings,
    holes,
  }
}
