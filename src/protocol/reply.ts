import { CacheError } from '../errors.ts'
import type { Bytes, Seconds } from '../units.ts'
import { parseStat } from './stats.ts'

export type MetaStatus = 'HD' | 'VA' | 'EN' | 'NF' | 'NS' | 'EX'

/** A reply to `mg`, `ms`, `md` or `ma`. */
export interface MetaReply {
  readonly kind: 'meta'
  readonly status: MetaStatus
  /** With the `O`; empty where the reply has none. */
  readonly tag: string
  /** The key's token; `undefined` where the reply names none. */
  readonly key: string | undefined
  readonly base64: boolean
  /** 0 where it was not asked for. */
  readonly flags: number
  readonly cas: bigint | undefined
  /** Seconds left; -1: never expires. */
  readonly ttl: Seconds | undefined
  readonly size: Bytes | undefined
  readonly won: boolean
  readonly stale: boolean
  readonly busy: boolean
  value: Buffer | undefined
}

/** `ERROR`, `CLIENT_ERROR <text>` or `SERVER_ERROR <text>`. */
export interface ErrorReply {
  readonly kind: 'error'
  readonly word: 'ERROR' | 'CLIENT_ERROR' | 'SERVER_ERROR'
  readonly text: string
}

export type Reply =
  | MetaReply
  | ErrorReply
  | { readonly kind: 'stat'; readonly name: string; readonly value: string }
  | { readonly kind: 'version'; readonly version: string }
  /** One line of a key listing, after its `key=`. */
  | { readonly kind: 'listed'; readonly text: string }
  | { readonly kind: 'crawler-busy' }
  | { readonly kind: 'end' | 'ok' | 'noop' }

// Source: memcached doc/protocol.txt; which of them leave the connection usable was tried on
// 1.6.18: the server has read the whole request, body included, before it answers so.
const HARMLESS: readonly RegExp[] = [
  /^SERVER_ERROR object too large for cache/,
  /^SERVER_ERROR out of memory/,
  /^SERVER_ERROR Out of memory/,
  /^CLIENT_ERROR cannot increment or decrement non-numeric value/,
  /^CLIENT_ERROR flush_all not allowed/,
]

/** Whether the connection is in step after this error. After any other nobody knows. */
export function isHarmless(reply: ErrorReply): boolean {
  const line = `${reply.word} ${reply.text}`
  return HARMLESS.some((pattern) => pattern.test(line))
}

/** Parses a line without its line end. A `VA` reply's value is filled in by the decoder. */
export function parseReply(line: string): Reply {
  const word = firstWord(line)
  const text = line.slice(word.length + 1)
  switch (word) {
    case 'VA':
    case 'HD':
    case 'EN':
    case 'NF':
    case 'NS':
    case 'EX':
      return parseMeta(word, text)
    case 'MN':
      return { kind: 'noop' }
    case 'STAT':
      return { kind: 'stat', ...(parseStat(text) ?? malformed('a statistic without a name')) }
    case 'END':
      return { kind: 'end' }
    case 'OK':
    case 'RESET':
      return { kind: 'ok' }
    case 'VERSION':
      return { kind: 'version', version: text }
    case 'BUSY':
      return { kind: 'crawler-busy' }
    case 'ERROR':
    case 'CLIENT_ERROR':
    case 'SERVER_ERROR':
      return { kind: 'error', word, text }
  }
  if (line.startsWith('key=')) return { kind: 'listed', text: line.slice('key='.length) }
  // The line is not shown: after a slip it may be part of somebody's value.
  return malformed('a line that is no reply')
}

/** The size that a `VA` line announces. */
export function announcedSize(line: string): Bytes {
  return digits(firstWord(line.slice('VA '.length)), 'a value without a size')
}

export function malformed(what: string): never {
  throw new CacheError('ERR_PROTOCOL', `The server sent ${what}.`, { applied: 'unknown' })
}

function parseMeta(status: MetaStatus, text: string): MetaReply {
  const reply = metaReply(status)
  if (text === '') return reply
  const words = text.split(' ')
  // `W`, `X` and `Z` come last and in no fixed order, so that the flags are read as a set.
  for (let i = status === 'VA' ? 1 : 0; i < words.length; i++) readFlag(reply, words[i] ?? '')
  return reply
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

// A literal, not a copy of a constant: a copy by spread was a sixth of a hit's whole cost
// (`bench/client.bench.mjs`).
function metaReply(status: MetaStatus): Mutable<MetaReply> {
  return {
    kind: 'meta',
    status,
    tag: '',
    key: undefined,
    base64: false,
    flags: 0,
    cas: undefined,
    ttl: undefined,
    size: undefined,
    won: false,
    stale: false,
    busy: false,
    value: undefined,
  }
}

/**
 * The answer to a command whose CAS was read on another connection. Nothing is sent then: the
 * number may belong to another item by now.
 */
export const VOID_CAS: MetaReply = Object.freeze(metaReply('EX'))

function readFlag(reply: Mutable<MetaReply>, word: string): void {
  const token = word.slice(1)
  switch (word[0]) {
    case 'O':
      reply.tag = word
      return
    case 'k':
      reply.key = token
      return
    case 'b':
      reply.base64 = true
      return
    case 'f':
      // Servers built for 64-bit flags may hold more than ours: all bits set is known to nobody.
      reply.flags = Math.min(digits(token, 'client flags that are no number'), 0xffff_ffff)
      return
    case 'c':
      reply.cas = BigInt(u64Text(token))
      return
    case 't':
      reply.ttl = token === '-1' ? -1 : digits(token, 'a time that is no number')
      return
    case 's':
      reply.size = digits(token, 'a size that is no number')
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

function firstWord(text: string): string {
  const end = text.indexOf(' ')
  return end === -1 ? text : text.slice(0, end)
}

const DIGITS = /^\d{1,20}$/

function digits(text: string, otherwise: string): number {
  return DIGITS.test(text) ? Number(text) : malformed(otherwise)
}

function u64Text(text: string): string {
  return DIGITS.test(text) ? text : malformed('a CAS that is no number')
}
