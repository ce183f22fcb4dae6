import { createHash } from 'node:crypto'
import { CacheError, shown } from '../errors.ts'
import type { Bytes } from '../units.ts'

/** A key as it goes into a command line. */
export interface WireKey {
  /**
   * 1 to 250 bytes of `0x21`-`0x7e`, one byte per character: it cannot end, split or start a
   * command. Only a listed key of another client may hold bytes from `0x80` too.
   */
  readonly token: string
  /** The token is base64 of the key's bytes: the command needs the `b` flag. */
  readonly base64: boolean
  /** The token holds a digest instead of the key: only the full key, kept elsewhere, tells it. */
  readonly hashed: boolean
}

// Printable ASCII without the space, one byte per character, so that a string which passes is its
// own bytes. Source: memcached `KEY_MAX_LENGTH`, 251 with the terminator.
const PLAIN = /^[\x21-\x7e]{1,250}$/
// The same, and every byte beyond ASCII.
const RAW = /^[\x21-\x7e\x80-\xff]{1,250}$/
const MAX_PLAIN = 250
const FIRST_PLAIN = 0x21
const LAST_PLAIN = 0x7e
const BEYOND_ASCII = 0xff80
// Up to here a loop that checks and writes costs less than a regular expression and a call into C++,
// which take 90 ns on Node 20 whatever the length.
const SHORT = 64
const LEADING_PLAIN = /^[\x21-\x7e]{0,128}/
const MAX_START = 128
const LONE_SURROGATE = /\p{Surrogate}/u

// 4 characters for every 3 bytes, at most 250 of them.
const MAX_BASE64_SOURCE: Bytes = 186

const RESERVED = 'reprise#'
const RESERVED_FIRST = RESERVED.charCodeAt(0)
const HASHED = /^reprise#([\x21-\x7e]{0,128})#[\w-]{43}$/

/**
 * Returns the one wire form of `key`, which may be any well-formed string but the empty one.
 *
 * Distinct keys have distinct forms *on the server*, which keeps a base64 key under its raw bytes
 * (1.6.18: `mg foo` finds what `ms Zm9v b` stored). That is why a key in the reserved space is
 * hashed, not base64: its bytes could be the hashed form of another key.
 *
 * @throws {@link CacheError} `ERR_KEY_INVALID` for `''`, a lone surrogate, or no string at all.
 */
export function wireKey(key: string): WireKey {
  if (typeof key !== 'string') throw keyError(key, 'it is not a string')
  const reserved = key.startsWith(RESERVED)
  if (!reserved && PLAIN.test(key)) return { token: key, base64: false, hashed: false }
  if (key === '') throw keyError(key, 'it is empty')
  // UTF-8 has no lone surrogates: all of them would become the same U+FFFD.
  if (LONE_SURROGATE.test(key)) throw keyError(key, 'it holds half of a surrogate pair')
  const bytes = Buffer.from(key)
  if (reserved || bytes.length > MAX_BASE64_SOURCE) return hashedKey(key, bytes)
  return { token: bytes.toString('base64'), base64: true, hashed: false }
}

/**
 * Puts `key` into `block` at `at` where it is its own wire form, and returns where it ends. -1: it is
 * not, and what is in the block there is of no use. `view` is of the block.
 */
export function putPlainKey(block: Buffer, view: DataView, at: number, key: string): number {
  if (typeof key !== 'string') return -1
  const { length } = key
  if (length === 0 || length > MAX_PLAIN) return -1
  if (key.charCodeAt(0) === RESERVED_FIRST && key.startsWith(RESERVED)) return -1
  if (length > SHORT) return PLAIN.test(key) ? at + block.write(key, at, 'latin1') : -1
  let others = 0
  let i = 0
  // Four letters at a time, checked and put at once.
  for (; i + 4 <= length; i += 4) {
    const a = key.charCodeAt(i)
    const b = key.charCodeAt(i + 1)
    const c = key.charCodeAt(i + 2)
    const d = key.charCodeAt(i + 3)
    const word = a | (b << 8) | (c << 16) | (d << 24)
    others |= ((a | b | c | d) & BEYOND_ASCII) | notPlain(word)
    view.setInt32(at + i, word, true)
  }
  for (; i < length; i++) {
    const letter = key.charCodeAt(i)
    if (letter < FIRST_PLAIN || letter > LAST_PLAIN) return -1
    block[at + i] = letter
  }
  return others === 0 ? at + length : -1
}

/** Not 0 where one of four ASCII letters is not of `0x21`-`0x7e`. */
function notPlain(word: number): number {
  return ((word - 0x2121_2121) | (word + 0x0101_0101)) & 0x8080_8080
}

/**
 * The wire form of one of many items that belong to `key`, told from those of all other writes by
 * `nonce`. Like a hashed key it shows where its key starts, and then which part it is.
 */
export function chunkKey(key: string, nonce: Uint8Array, index: number): WireKey {
  const part = `#${index}`
  const start = (LEADING_PLAIN.exec(key)?.[0] ?? '').slice(0, MAX_START - part.length)
  const digest = createHash('sha256').update(nonce).update(`${part}#`).update(key)
  const token = `${RESERVED}${start}${part}#${digest.digest('base64url')}`
  return { token, base64: false, hashed: true }
}

/** Whether a reply that names `token` is about the key that was `sent`. */
export function namesKey(sent: WireKey, token: string, base64: boolean): boolean {
  if (sent.base64 === base64) return sent.token === token
  // The server answers in the form in which the item was stored, perhaps by another client.
  return rawBytes(sent.token, sent.base64).equals(rawBytes(token, base64))
}

/**
 * The wire form for bytes that the server lists as a key, whoever stored it; `undefined` where
 * they have none that is safe to send.
 */
export function listedKey(bytes: Buffer): WireKey | undefined {
  const text = bytes.toString('latin1')
  if (PLAIN.test(text)) return { token: text, base64: false, hashed: HASHED.test(text) }
  if (bytes.length <= MAX_BASE64_SOURCE) {
    return { token: bytes.toString('base64'), base64: true, hashed: false }
  }
  // Too long for base64: another client has stored it as it is, so that it goes out as it is.
  return RAW.test(text) ? { token: text, base64: false, hashed: false } : undefined
}

/** What a hashed token shows of its key: the leading printable part, at most 128 characters. */
export function hashedKeyStart(token: string): string {
  return HASHED.exec(token)?.[1] ?? ''
}

// The start is there for people and for enumeration by prefix. The digest has a fixed length, so
// that nothing in the start can be taken for it.
function hashedKey(key: string, bytes: Buffer): WireKey {
  const start = LEADING_PLAIN.exec(key)?.[0] ?? ''
  const digest = createHash('sha256').update(bytes).digest('base64url')
  return { token: `${RESERVED}${start}#${digest}`, base64: false, hashed: true }
}

function rawBytes(token: string, base64: boolean): Buffer {
  return Buffer.from(token, base64 ? 'base64' : 'latin1')
}

function keyError(key: unknown, reason: string): CacheError {
  return new CacheError(
    'ERR_KEY_INVALID',
    `The key ${shown(key)} cannot be used: ${reason}. A key is a well-formed string of 1 or more characters.`,
  )
}
