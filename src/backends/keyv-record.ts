import { randomBytes } from 'node:crypto'
import type { Entry, Found } from '../cache/backend.ts'
import type { Header } from '../codec/envelope.ts'
import { isEnvelope } from '../codec/flags.ts'
import type { ValueCodec } from '../codec/value-codec.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import { ageAt, headerOf } from './entry-header.ts'

/** A value marked stale: since when, and until when it is of use. Wall-clock times. */
interface StaleMark {
  readonly sinceMs: Milliseconds
  readonly untilMs: Milliseconds
}

/** What a store is given to keep. */
export interface Stored {
  readonly text: string
  /** For the store: at least as long as the entry is of use; `Infinity`: for ever. */
  readonly ttlMs: Milliseconds
}

/** What a record holds that is of use now. */
export interface ReadRecord {
  readonly found: Found
  readonly header: Header
  /** Above 0. */
  readonly leftMs: Milliseconds
  readonly text: string
}

const VERSION = 'reprise1'
// Since when and until when it is stale, both or none.
const RECORD = /^reprise1:(\d{1,10}):([\w-]{12}):([\w-]+):(?:(\d+)-(\d+|Infinity))?:/

/**
 * Writes an entry as text, which every store can keep:
 *
 * `reprise1:<flags>:<revision>:<key>:<stale since>-<stale until>:<envelope>`
 *
 * The key is in base64url and the envelope, which is that of Memcached (`envelope.ts`), in base64.
 * Each write has a random revision. Times are milliseconds since the epoch, and only there where the
 * value is marked stale.
 *
 * @throws {@link CacheError} `ERR_VALUE_INVALID` for what cannot be kept.
 */
export function recordOf(
  codec: ValueCodec,
  key: string,
  entry: Entry,
  nowMs: Milliseconds,
): Stored {
  const header = headerOf(entry, undefined)
  const { flags, bytes } = codec.encode(key, entry.value, header, 'none')
  const leftMs = header.ttlMs + header.staleForMs - ageAt(header.createdAtMs, nowMs)
  return { text: join(flags, key, undefined, bytes.toString('base64')), ttlMs: leftMs }
}

/** Reads a record; `undefined` for what is none of `key`'s, or of no more use. */
export function readRecord(
  codec: ValueCodec,
  key: string,
  text: unknown,
  nowMs: Milliseconds,
): ReadRecord | undefined {
  const parts = split(text)
  if (parts === undefined || parts.key !== key) return undefined
  const { flags, revision, mark, body } = parts
  const envelope = codec.open(key, flags, Buffer.from(body, 'base64'))
  if (envelope === undefined) return undefined
  const { createdAtMs, ttlMs, staleForMs } = envelope
  const ageMs = ageAt(createdAtMs, nowMs)
  const leftMs = Math.min(ttlMs + staleForMs - ageMs, (mark?.untilMs ?? Infinity) - nowMs)
  if (leftMs <= 0) return undefined
  const value = codec.value(flags, envelope)
  if (value === undefined) return undefined
  const markedMs = mark === undefined ? -Infinity : Math.max(0, nowMs - mark.sinceMs)
  const staleMs = Math.max(ageMs - ttlMs, markedMs)
  const isStale = staleMs >= 0
  const found: Found = {
    value,
    state: isStale ? 'stale' : 'fresh',
    ageMs,
    ttlLeft: isStale ? 0 : -staleMs / 1000,
    staleMs: isStale ? staleMs : 0,
    tags: envelope.tags,
    etag: envelope.etag,
    mark: revision,
  }
  return { found, header: envelope, leftMs, text: text as string }
}

/** The same record, marked stale from now on, and of use for at most `staleFor` more. */
export function markedStale(
  { text, leftMs }: ReadRecord,
  staleFor: Seconds,
  nowMs: Milliseconds,
): Stored {
  const parts = split(text)
  const ttlMs = Math.min(leftMs, staleFor * 1000)
  if (parts === undefined) return { text, ttlMs: 0 }
  const { flags, key, mark, body } = parts
  const sinceMs = Math.floor(Math.min(nowMs, mark?.sinceMs ?? nowMs))
  return { text: join(flags, key, { sinceMs, untilMs: Math.ceil(nowMs + ttlMs) }, body), ttlMs }
}

/** Whose record it is; `undefined` for what is none. */
export function keyOfRecord(text: unknown): string | undefined {
  return split(text)?.key
}

interface Parts {
  readonly flags: number
  readonly revision: string
  readonly key: string
  readonly mark: StaleMark | undefined
  readonly body: string
}

function split(text: unknown): Parts | undefined {
  const match = typeof text === 'string' ? RECORD.exec(text) : null
  if (match === null || typeof text !== 'string') return undefined
  const [head, flags, revision = '', key = '', since, until] = match
  if (!isEnvelope(Number(flags))) return undefined
  return {
    flags: Number(flags),
    revision,
    key: Buffer.from(key, 'base64url').toString(),
    mark: since === undefined ? undefined : { sinceMs: Number(since), untilMs: Number(until) },
    body: text.slice(head.length),
  }
}

function join(flags: number, key: string, mark: StaleMark | undefined, body: string): string {
  const revision = randomBytes(9).toString('base64url')
  const times = mark === undefined ? '' : `${mark.sinceMs}-${mark.untilMs}`
  return `${VERSION}:${flags}:${revision}:${Buffer.from(key).toString('base64url')}:${times}:${body}`
}
