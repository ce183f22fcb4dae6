import { CacheError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { emptyReply, type MetaReply, type MetaStatus, type MutableReply } from './meta-reply.ts'
import { parseStat } from './stats.ts'

export type ErrorWord =
  | 'ERROR'
  | 'CLIENT_ERROR'
  | 'SERVER_ERROR'
  | 'MEMLIMIT_TOO_SMALL'
  | 'MEMLIMIT_ADJUST_FAILED'

/** `ERROR`, `CLIENT_ERROR <text>`, `SERVER_ERROR <text>` or what `cache_memlimit` is refused with. */
export interface ErrorReply {
  readonly kind: 'error'
  readonly word: ErrorWord
  readonly text: string
}

export type Reply =
  | MetaReply
  | ErrorReply
  | { readonly kind: 'stat'; readonly name: string; readonly value: string }
  | { readonly kind: 'version'; readonly version: string }
  /** The answer to `me`, after its `ME `. */
  | { readonly kind: 'inspected'; readonly text: string }
  | { readonly kind: 'end' | 'ok' | 'noop' }

// Source: memcached doc/protocol.txt; which of them leave the connection usable was tried on
// 1.6.18: the server has read the whole request, body included, before it answers so.
const HARMLESS: readonly RegExp[] = [
  /^SERVER_ERROR object too large for cache/,
  /^SERVER_ERROR out of memory/,
  /^SERVER_ERROR Out of memory/,
  /^CLIENT_ERROR cannot increment or decrement non-numeric value/,
  /^CLIENT_ERROR flush_all not allowed/,
  /^MEMLIMIT_/,
  // A flag that came in a later version, of `mg` and `ms`, and of `md` and `ma`. The body of `ms` is
  // swallowed, whatever its size. Not the like of it: after "options flags too long" it is run.
  /^CLIENT_ERROR invalid flag$/,
  /^CLIENT_ERROR invalid or duplicate flag$/,
]

/** Whether the server refused a flag, which then came later than it. */
export function isUnknownFlag({ word, text }: ErrorReply): boolean {
  return word === 'CLIENT_ERROR' && /^invalid (?:or duplicate )?flag$/.test(text)
}

/** Whether the connection is in step after this error. After any other nobody knows. */
export function isHarmless(reply: ErrorReply): boolean {
  const line = `${reply.word} ${reply.text}`
  return HARMLESS.some((pattern) => pattern.test(line))
}

/** Parses a line without its line end. A `VA` reply's value is filled in by the decoder. */
export function parseReply(line: string): Reply {
  const word = firstWord(line)
  switch (word) {
    case 'VA':
    case 'HD':
    case 'EN':
    case 'NF':
    case 'NS':
    case 'EX':
      return parseMeta(word, line)
  }
  return BARE.get(line) ?? parseText(word, line)
}

// Lines that are one word and no more.
const BARE: ReadonlyMap<string, Reply> = new Map([
  ['MN', { kind: 'noop' }],
  ['END', { kind: 'end' }],
  ['OK', { kind: 'ok' }],
  ['RESET', { kind: 'ok' }],
])

function parseText(word: string, line: string): Reply {
  const text = line.slice(word.length + 1)
  switch (word) {
    case 'STAT':
      return { kind: 'stat', ...(parseStat(text) ?? malformed('a statistic without a name')) }
    case 'VERSION':
      return { kind: 'version', version: text }
    case 'ME':
      return { kind: 'inspected', text }
    case 'MEMLIMIT_TOO_SMALL':
    case 'MEMLIMIT_ADJUST_FAILED':
    case 'ERROR':
    case 'CLIENT_ERROR':
    case 'SERVER_ERROR':
      return { kind: 'error', word, text }
  }
  // The line is not shown: after a slip it may be part of somebody's value.
  return malformed('a line that is no reply')
}

/** The size that a `VA` line announces. */
export function announcedSize(line: string): Bytes {
  return digits(line, META_WORD, wordEnd(line, META_WORD), 'a value without a size')
}

export function malformed(what: string): never {
  throw new CacheError('ERR_PROTOCOL', `The server sent ${what}.`, { applied: 'unknown' })
}

// Of a status and the space behind it.
const META_WORD = 3

// Read in place, without making words of it first: most of what is read is read once per hit.
function parseMeta(status: MetaStatus, line: string): MetaReply {
  const reply = emptyReply(status)
  if (line.length <= META_WORD) return reply
  let at = status === 'VA' ? wordEnd(line, META_WORD) + 1 : META_WORD
  // `W`, `X` and `Z` come last and in no fixed order, so that the flags are read as a set.
  while (at <= line.length) {
    const end = wordEnd(line, at)
    readFlag(reply, line, at, end)
    at = end + 1
  }
  return reply
}

function readFlag(reply: MutableReply, line: string, at: number, end: number): void {
  const token = at + 1
  switch (at < end ? line[at] : '') {
    case 'O':
      reply.tag = line.slice(at, end)
      return
    case 'k':
      reply.key = line.slice(token, end)
      return
    case 'b':
      reply.base64 = true
      return
    case 'f':
      // Servers built for 64-bit flags may hold more than ours: all bits set is known to nobody.
      reply.flags = Math.min(
        digits(line, token, end, 'client flags that are no number'),
        0xffff_ffff,
      )
      return
    case 'c':
      reply.cas = BigInt(u64Text(line.slice(token, end)))
      return
    case 't':
      reply.ttl =
        line.slice(token, end) === '-1' ? -1 : digits(line, token, end, 'a time that is no number')
      return
    case 's':
      reply.size = digits(line, token, end, 'a size that is no number')
      return
    case 'h':
      reply.hitBefore = zeroOrOne(line.slice(token, end)) === '1'
      return
    case 'l':
      reply.lastAccess = digits(line, token, end, 'an access time that is no number')
      return
    case 'W':
      reply.won = true
      return
    case 'X':
      reply.stale = true
      return
    case 'Z':
      reply.busy = true
      return
  }
  malformed('a flag that was not asked for')
}

function firstWord(line: string): string {
  return line.slice(0, wordEnd(line, 0))
}

function wordEnd(line: string, at: number): number {
  const space = line.indexOf(' ', at)
  return space === -1 ? line.length : space
}

const MAX_DIGITS = 20
const U64 = /^\d{1,20}$/
const ZERO = 0x30

function digits(line: string, at: number, end: number, otherwise: string): number {
  if (at >= end || end - at > MAX_DIGITS) malformed(otherwise)
  let number = 0
  for (let i = at; i < end; i++) {
    const digit = line.charCodeAt(i) - ZERO
    if (digit < 0 || digit > 9) malformed(otherwise)
    number = number * 10 + digit
  }
  return number
}

function zeroOrOne(text: string): string {
  return text === '0' || text === '1' ? text : malformed('a hit that is neither 0 nor 1')
}

function u64Text(text: string): string {
  return U64.test(text) ? text : malformed('a CAS that is no number')
}
