import type { Bytes, Seconds } from '../units.ts'
import { decodeKey, parseFields, wholeField } from './fields.ts'
import { listedKey } from './key.ts'

/** What every event of a watched server says. */
export interface Logged {
  /** Unix time in seconds, to the microsecond, by the server's clock. */
  readonly at: number
  /** Counts up through all that the server logged: its order, and that of its parallel threads. */
  readonly id: number
}

/** What an event about an item says. */
export interface LoggedItem extends Logged {
  /** As in a listing: decoded, and of a hashed key its printable start and digest. */
  readonly key: string
  readonly hashed: boolean
  /** 0 where there was no item. */
  readonly slabClass: number
  /** Of the value alone. */
  readonly sizeBytes: Bytes
}

/**
 * A key was looked up (`fetchers`): by whatever looks for an item, so that a `set`, a `delete` or an
 * `incr` is one too.
 */
export interface FetchEvent extends LoggedItem {
  readonly type: 'item_get'
  /** `found`, `not_found`, `flushed` or `expired`. */
  readonly status: string
  /** The server's file descriptor: `fd` in `stats('conns')`. */
  readonly connection: number
}

/** Something was to be stored (`mutations`). */
export interface StoreEvent extends LoggedItem {
  readonly type: 'item_store'
  /** `stored`, `not_stored`, `exists`, `not_found`, `too_large` or `no_memory`. */
  readonly status: string
  /** `set`, `add`, `replace`, `append`, `prepend` or `cas`; meta commands by their mode. */
  readonly command: string
  /** `Infinity`: it never expires; below 0: it is gone already. */
  readonly ttl: Seconds
  readonly connection: number
}

/** An item had to go, to make room (`evictions`). */
export interface EvictionEvent extends LoggedItem {
  readonly type: 'eviction'
  /** Whether anybody had read it. */
  readonly fetched: boolean
  /** That it still had; `Infinity`: it would not have expired. */
  readonly ttl: Seconds
  /** Since somebody read or stored it. */
  readonly idle: Seconds
}

/** An item was deleted (`deletions`). */
export interface DeletionEvent extends LoggedItem {
  readonly type: 'deleted'
  /** `delete` or `md`. */
  readonly command: string
}

/** A connection came or went (`connevents`). */
export interface ConnectionEvent extends Logged {
  readonly type: 'conn_new' | 'conn_close'
  readonly address: string
  readonly port: number
  /** `tcp`, `udp` or `local`. */
  readonly transport: string
  /** Why it closed: `normal`, `error`, `idle_timeout` or `shutdown`. */
  readonly reason: string | undefined
  readonly connection: number
}

/** The server left events out, because this watcher read too slowly. */
export interface SkippedEvent {
  readonly type: 'skipped'
  readonly count: number
}

/** Any other line, such as those of memcached's own proxy. */
export interface OtherEvent {
  readonly type: 'other'
  /** The server's word for it; empty where the line has none. */
  readonly name: string
  readonly fields: ReadonlyMap<string, string>
  readonly line: string
}

export type Watched =
  | FetchEvent
  | StoreEvent
  | EvictionEvent
  | DeletionEvent
  | ConnectionEvent
  | SkippedEvent
  | OtherEvent

const SKIPPED = /^\[?skipped[:=] ?(\d{1,20})\]?$/

/**
 * Parses a line of a watcher, without its end. Whatever cannot be read is an {@link OtherEvent}.
 *
 * Source: memcached logger.c, as seen from 1.6.18: `ts=1.2 gid=3 type=item_get key=… status=…`, keys
 * URI-encoded, later versions append fields.
 */
export function parseWatched(line: string): Watched {
  const skipped = SKIPPED.exec(line)?.[1]
  if (skipped !== undefined) return { type: 'skipped', count: Number(skipped) }
  const fields = parseFields(line.split(' '))
  return readEvent(fields) ?? { type: 'other', name: fields.get('type') ?? '', fields, line }
}

type Fields = ReadonlyMap<string, string>

function readEvent(fields: Fields): Watched | undefined {
  const logged = readLogged(fields)
  if (logged === undefined) return undefined
  switch (fields.get('type')) {
    case 'item_get':
      return readFetch(logged, fields)
    case 'item_store':
      return readStore(logged, fields)
    case 'eviction':
      return readEviction(logged, fields)
    case 'deleted':
      return readDeletion(logged, fields)
    case 'conn_new':
      return readConnection('conn_new', logged, fields)
    case 'conn_close':
      return readConnection('conn_close', logged, fields)
  }
  return undefined
}

const TIME = /^(\d{1,12})\.(\d{1,6})$/

function readLogged(fields: Fields): Logged | undefined {
  // Microseconds without leading zeros: `5.73004` is 5 s and 73,004 µs.
  const [, seconds, micros] = TIME.exec(fields.get('ts') ?? '') ?? []
  const id = wholeField(fields, 'gid')
  if (seconds === undefined || micros === undefined || id === undefined) return undefined
  return { at: Number(seconds) + Number(micros) / 1e6, id }
}

function readItem(logged: Logged, fields: Fields): LoggedItem | undefined {
  const key = decodeKey(fields.get('key') ?? '')
  const slabClass = wholeField(fields, 'clsid')
  const sizeBytes = wholeField(fields, 'size')
  if (key === undefined || slabClass === undefined || sizeBytes === undefined) return undefined
  const hashed = listedKey(key)?.hashed === true
  return { ...logged, key: key.toString('utf8'), hashed, slabClass, sizeBytes }
}

function readFetch(logged: Logged, fields: Fields): FetchEvent | undefined {
  const item = readItem(logged, fields)
  const status = fields.get('status')
  const connection = wholeField(fields, 'cfd')
  if (item === undefined || status === undefined || connection === undefined) return undefined
  return { type: 'item_get', ...item, status, connection }
}

function readStore(logged: Logged, fields: Fields): StoreEvent | undefined {
  const item = readItem(logged, fields)
  const status = fields.get('status')
  const command = fields.get('cmd')
  const ttl = wholeField(fields, 'ttl')
  const connection = wholeField(fields, 'cfd')
  if (item === undefined || status === undefined || command === undefined) return undefined
  if (ttl === undefined || connection === undefined) return undefined
  return { type: 'item_store', ...item, status, command, ttl: storedTtl(ttl), connection }
}

/** It is logged as unsigned 32 bits: what is gone already, as by `T-1`, is near 2^32 (1.6.18). */
function storedTtl(ttl: number): Seconds {
  if (ttl === 0) return Infinity
  return ttl > 0x7fff_ffff ? ttl - 2 ** 32 : ttl
}

function readEviction(logged: Logged, fields: Fields): EvictionEvent | undefined {
  const item = readItem(logged, fields)
  const ttl = wholeField(fields, 'ttl')
  const idle = wholeField(fields, 'la')
  if (item === undefined || ttl === undefined || idle === undefined) return undefined
  const fetched = fields.get('fetch') === 'yes'
  return { type: 'eviction', ...item, fetched, ttl: ttl === -1 ? Infinity : ttl, idle }
}

function readDeletion(logged: Logged, fields: Fields): DeletionEvent | undefined {
  const item = readItem(logged, fields)
  const command = fields.get('cmd')
  return item === undefined || command === undefined
    ? undefined
    : { type: 'deleted', ...item, command }
}

function readConnection(
  type: 'conn_new' | 'conn_close',
  logged: Logged,
  fields: Fields,
): ConnectionEvent | undefined {
  const address = fields.get('rip')
  const port = wholeField(fields, 'rport')
  const transport = fields.get('transport')
  const connection = wholeField(fields, 'cfd')
  if (address === undefined || port === undefined || transport === undefined) return undefined
  if (connection === undefined) return undefined
  return { type, ...logged, address, port, transport, reason: fields.get('reason'), connection }
}
