/**
 * The head of a stored page, read from its JSON and checked.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { Bytes } from '../units.ts'
import { CODINGS, type Coding } from './encodings.ts'
import type { StoredPage, VaryMarker } from './page-entry.ts'
import { storedHolesOf } from './page-holes.ts'
import type { StaleRule } from './stale-rule.ts'

/** A compressed body, named in the head. */
export type CodedLength = readonly [coding: Coding, length: Bytes]

/** A page without its bodies. */
export interface PageHead extends Omit<StoredPage, 'body' | 'codings'> {
  readonly codings: readonly CodedLength[]
}

type Head = PageHead | VaryMarker

/**
 * Heads read of late, by their bytes: the pages of a server come anew with each hit, and are the
 * same ones. Who floods it costs others a parse.
 */
const heads = new LRUCache<string, Head>({
  maxSize: 2_000_000,
  sizeCalculation: (_, text) => text.length,
})

/** Reads a head, or `undefined` where it is none. What it gives is shared: nobody may change it. */
export function headOf(json: Buffer): Head | undefined {
  // By bytes, and not by what they mean: one character each is the cheapest name for them.
  const name = json.toString('latin1')
  const known = heads.get(name)
  if (known !== undefined) return known
  const head = readHead(json.toString('utf8'))
  if (head !== undefined) heads.set(name, head)
  return head
}

function readHead(text: string): Head | undefined {
  const head = parseRecord(text)
  if (head === undefined) return undefined
  const { kind, vary, nonce } = head
  if (!isTextList(vary) || typeof nonce !== 'string') return undefined
  if (kind === 'marker') {
    const { previous } = head
    return typeof previous === 'string' ? { kind, vary, nonce, previous } : { kind, vary, nonce }
  }
  if (kind !== 'page' && kind !== 'holed-page') return undefined
  const { status, headers, createdAt, age, ttl, codings, stale, tags } = head
  if (!isHeaderList(headers)) return undefined
  if (!isNumber(status) || !Number.isInteger(status) || status < 200 || status > 599) {
    return undefined
  }
  if (!isNumber(createdAt) || !isNumber(age) || !isNumber(ttl)) return undefined
  if (!isCodedList(codings)) return undefined
  const fields = { status, headers, createdAt, age, ttl, vary, nonce, codings }
  if (tags !== undefined && !isTextList(tags)) return undefined
  const page = { kind: 'page', ...fields, tags } as const
  const holed = kind === 'page' ? page : withHoles(page, head)
  if (stale === undefined || holed === undefined) return holed
  return isStaleRule(stale) ? { ...holed, stale } : undefined
}

/** Its codings would have no holes. */
function withHoles(page: PageHead, head: Record<string, unknown>): PageHead | undefined {
  const holes = storedHolesOf(head.holes)
  return holes === undefined || page.codings.length > 0 ? undefined : { ...page, holes }
}

function isStaleRule(value: unknown): value is StaleRule {
  if (!isRecord(value)) return false
  const { whileRevalidate, ifError, isForbidden } = value
  return isNumber(whileRevalidate) && isNumber(ifError) && typeof isForbidden === 'boolean'
}

function parseRecord(text: string): Record<string, unknown> | undefined {
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

/** Each coding once: of two nobody could say which one is meant. */
function isCodedList(value: unknown): value is CodedLength[] {
  if (!Array.isArray(value)) return false
  const isCoded = (item: unknown) => Array.isArray(item) && item.length === 2 && isLength(item[1])
  const names = value.map((item: unknown) => (isCoded(item) ? (item as CodedLength)[0] : ''))
  return names.every((name, i) => CODINGS.includes(name as Coding) && names.indexOf(name) === i)
}

function isLength(value: unknown): boolean {
  return isNumber(value) && Number.isInteger(value) && value > 0 && value <= 0xffff_ffff
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
