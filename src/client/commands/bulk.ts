import { CacheError, optionError } from '../../errors.ts'
import { wireKey } from '../../protocol/key.ts'
import type { Bytes, Seconds } from '../../units.ts'
import { touchWhole } from '../chunks/chunked-reading.ts'
import { ChunkedWrite } from '../chunks/chunked-storing.ts'
import { checkFlags, isLarge } from '../chunks/large-values.ts'
import type { Failures } from '../routing/outage.ts'
import type { CallOptions } from '../routing/router.ts'
import { readDeleted, readGet, readHit, readStored } from './answers.ts'
import type { StoreOptions } from './item.ts'
import { listed } from './many.ts'
import type { MetaCommands } from './meta.ts'
import { META_GET_OPTIONS, type MetaGetOptions } from './meta-options.ts'
import type { MetaHit } from './meta-replies.ts'
import { CALL_OPTIONS, checkOptionNames, optionNames } from './option-names.ts'
import { ownBytes } from './values.ts'

/** What a client may have under way to one server. */
interface Limits {
  readonly maxPending: number
  readonly maxPendingBytes: Bytes
}

/** What `setMany` stores, by key. */
export type Entries<V> = Iterable<readonly [key: string, value: V]> | Readonly<Record<string, V>>

const STORE_OPTIONS = optionNames('ttl', 'flags')

// Commands of one call in flight at once: 1000 fill many packets, and leave room for other callers.
const SLICE = 1000
// Of their values. A server takes them in well before a deadline of half a second.
const SLICE_BYTES: Bytes = 8 * 1024 * 1024

export async function getManyMeta(
  meta: MetaCommands,
  limits: Limits,
  keys: Iterable<string>,
  options: MetaGetOptions,
): Promise<Map<string, MetaHit>> {
  checkOptionNames('getManyMeta', options, META_GET_OPTIONS)
  const found = new Map<string, MetaHit>()
  const failures = meta.failures('getManyMeta', options.signal)
  await runAll(checkedKeys(keys), limits, noBytes, failures, async (key) => {
    const reply = await meta.get('getManyMeta', key, options, readGet)
    if (reply.kind === 'hit') found.set(key, reply)
  })
  return found
}

export async function setMany(
  meta: MetaCommands,
  limits: Limits,
  entries: Entries<string | Uint8Array>,
  options: StoreOptions,
): Promise<string[]> {
  checkOptionNames('setMany', options, STORE_OPTIONS)
  checkFlags(meta, options.flags)
  // All are checked and copied first: one that is unfit must not leave half of them stored, and
  // the last are sent when their owner may have changed them.
  const values = new Map<string, string | Buffer>()
  for (const [key, value] of entriesOf(entries)) {
    wireKey(key)
    values.set(key, typeof value === 'string' ? value : ownBytes(value))
  }
  const refused = new Set(values.keys())
  const failures = meta.failures('setMany', options.signal)
  const { chunks } = meta
  // Alone in its slice: it has many commands of its own.
  const bytesOf = ([, value]: readonly [string, string | Buffer]): Bytes =>
    chunks !== undefined && isLarge(chunks, value) ? Infinity : Buffer.byteLength(value)
  await runAll([...values], limits, bytesOf, failures, async ([key, value]) => {
    try {
      if (chunks !== undefined && isLarge(chunks, value)) {
        const write = new ChunkedWrite(meta, chunks, 'setMany', key, value, options, 'owned')
        if (await write.store('set')) refused.delete(key)
        return
      }
      const bytes = typeof value === 'string' ? Buffer.from(value) : value
      const isStored = await meta.setOwned('setMany', key, bytes, options, readStored)
      if (isStored) refused.delete(key)
    } catch (error) {
      if (!CacheError.is(error) || error.code !== 'ERR_VALUE_TOO_LARGE') throw error
    }
  })
  return [...refused]
}

export async function deleteMany(
  meta: MetaCommands,
  limits: Limits,
  keys: Iterable<string>,
  options: CallOptions,
): Promise<number> {
  checkOptionNames('deleteMany', options, CALL_OPTIONS)
  let count = 0
  const failures = meta.failures('deleteMany', options.signal)
  await runAll(checkedKeys(keys), limits, noBytes, failures, async (key) => {
    if (await meta.delete('deleteMany', key, options, readDeleted)) count++
  })
  return count
}

export async function touchMany(
  meta: MetaCommands,
  limits: Limits,
  keys: Iterable<string>,
  ttl: Seconds,
  options: CallOptions,
): Promise<number> {
  checkOptionNames('touchMany', options, CALL_OPTIONS)
  if (ttl === undefined) throw optionError('ttl', ttl, 'seconds, or Infinity')
  let count = 0
  const wanted = { ...options, touch: ttl }
  const failures = meta.failures('touchMany', options.signal)
  const { chunks } = meta
  // Half of them, where each may be followed by commands about its chunks.
  const maxPending = Math.ceil(limits.maxPending / (chunks === undefined ? 1 : 2))
  await runAll(checkedKeys(keys), { ...limits, maxPending }, noBytes, failures, async (key) => {
    const isThere =
      chunks === undefined
        ? await meta.get('touchMany', key, wanted, readHit)
        : await touchWhole(meta, chunks, { operation: 'touchMany', key, ...options }, ttl)
    if (isThere) count++
  })
  return count
}

/**
 * Runs one command for each item, a slice of them at a time. One that fails stops no other; once
 * all are settled, it rejects with what the first of them did that the caller is not spared.
 */
async function runAll<T>(
  items: readonly T[],
  { maxPending, maxPendingBytes }: Limits,
  bytesOf: (item: T) => Bytes,
  failures: Failures,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const most = Math.min(SLICE, maxPending)
  const mostBytes = Math.min(SLICE_BYTES, maxPendingBytes)
  for (let start = 0; start < items.length; ) {
    const running: Promise<void>[] = []
    for (let bytes = 0; start < items.length && running.length < most; start++) {
      const item = items[start] as T
      bytes += bytesOf(item)
      if (bytes > mostBytes && running.length > 0) break
      running.push(run(item).catch((error: unknown) => failures.note(error)))
    }
    await Promise.all(running)
  }
  failures.settle()
}

/** Each key once, so that one that is none rejects the call before any of it is sent. */
function checkedKeys(keys: Iterable<string>): string[] {
  const distinct = [...new Set(listed(keys))]
  for (const key of distinct) wireKey(key)
  return distinct
}

function entriesOf<V>(entries: Entries<V>): Iterable<readonly [string, V]> {
  if (typeof entries !== 'object' || entries === null) {
    throw optionError('entries', entries, 'pairs of key and value, a Map, or an object')
  }
  return isIterable(entries) ? entries : Object.entries(entries)
}

function isIterable<V>(entries: Entries<V>): entries is Iterable<readonly [string, V]> {
  return Symbol.iterator in entries
}

function noBytes(): Bytes {
  return 0
}
