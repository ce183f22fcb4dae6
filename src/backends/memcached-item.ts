import type { Entry, Found } from '../cache/backend.ts'
import { isHashed } from '../cache/keys.ts'
import type { MetaHit } from '../client/index.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../codec/envelope.ts'
import { FLAG_BYTES, FLAG_ENVELOPE, FLAG_INTEGER } from '../codec/flags.ts'
import { decodeValue, encodeValue } from '../codec/values.ts'
import type { Milliseconds, Seconds } from '../units.ts'

/** An entry as an item of the server. */
export interface Item {
  readonly flags: number
  readonly bytes: Buffer
  /** For the server: at least as long as the entry is of use. 0 or less: its time has passed. */
  readonly ttl: Seconds
}

/** What an item of the server is to us. */
export type ReadItem =
  | { readonly kind: 'found'; readonly found: Found; readonly envelope: Envelope | undefined }
  /** The empty item of a lease: somebody computes. */
  | { readonly kind: 'placeholder' }
  /**
   * A miss that sits under the key: expired by its own header, of another key with the same digest,
   * in a form that we do not read, or a placeholder whose lease was cancelled. Where it `wasStale`,
   * somebody may hold the lease on it that a stale value has.
   */
  | { readonly kind: 'dead'; readonly wasStale: boolean }

const DEAD: ReadItem = Object.freeze({ kind: 'dead', wasStale: false })

/** The placeholder of a lease: no bytes and flags 0, which no entry of ours is. */
export const PLACEHOLDER: Buffer = Buffer.alloc(0)

/**
 * Returns the item for an entry that is at hand now. In raw form, which Django's clients and the
 * server's counters understand, where it loses nothing.
 */
export function itemOf(key: string, entry: Entry, nowMs: Milliseconds): Item {
  const { flags, bytes } = encodeValue(entry.value)
  const { ttl, staleFor } = entry
  const isWhole = ttl === Infinity || Number.isInteger(ttl)
  const isPlaceholder = flags === FLAG_BYTES && bytes.length === 0
  const isRaw = isWhole && staleFor === 0 && !isPlaceholder && !isHashed(key)
  if (isRaw) return { flags, bytes, ttl: ttl - age(entry.createdAtMs, nowMs) / 1000 }
  return enveloped(key, entry, nowMs, flags, bytes)
}

/**
 * Returns the item for a computed entry: its age counts from before it was at hand, so it carries
 * a header that is exact. Not so whole numbers, which the server must be able to count.
 */
export function computedItemOf(key: string, entry: Entry, nowMs: Milliseconds): Item {
  const { flags, bytes } = encodeValue(entry.value)
  if (flags === FLAG_INTEGER) return itemOf(key, entry, nowMs)
  return enveloped(key, entry, nowMs, flags, bytes)
}

/** Tells what a hit is to us, by its flags, its header and the time. */
export function readItem(key: string, hit: MetaHit, nowMs: Milliseconds): ReadItem {
  const bytes = hit.value ?? PLACEHOLDER
  if (bytes.length === 0 && hit.flags === FLAG_BYTES) {
    return hit.stale ? DEAD : { kind: 'placeholder' }
  }
  if (hit.flags === FLAG_ENVELOPE) return readEnvelope(key, bytes, hit.stale, nowMs)
  const value = isHashed(key) ? undefined : decodeValue(hit.flags, bytes)
  if (value === undefined) return DEAD
  const found: Found = hit.stale
    ? { value, state: 'stale', ageMs: undefined, ttlLeft: 0, staleMs: undefined }
    : { value, state: 'fresh', ageMs: undefined, ttlLeft: hit.ttl, staleMs: 0 }
  return { kind: 'found', found, envelope: undefined }
}

function readEnvelope(
  key: string,
  bytes: Buffer,
  isMarked: boolean,
  nowMs: Milliseconds,
): ReadItem {
  const envelope = decodeEnvelope(bytes)
  if (envelope === undefined) return DEAD
  const isOurs = envelope.key === undefined ? !isHashed(key) : envelope.key === key
  const ageMs = age(envelope.createdAtMs, nowMs)
  const staleMs = ageMs - envelope.ttlMs
  if (!isOurs) return DEAD
  if (staleMs >= envelope.staleForMs) {
    return { kind: 'dead', wasStale: isMarked || envelope.staleForMs > 0 }
  }
  const value = decodeValue(envelope.flags, envelope.body)
  if (value === undefined) return DEAD
  const found: Found =
    staleMs >= 0 || isMarked
      ? { value, state: 'stale', ageMs, ttlLeft: 0, staleMs: staleMs >= 0 ? staleMs : undefined }
      : { value, state: 'fresh', ageMs, ttlLeft: -staleMs / 1000, staleMs: 0 }
  return { kind: 'found', found, envelope }
}

function enveloped(
  key: string,
  { createdAtMs, ttl, staleFor }: Entry,
  nowMs: Milliseconds,
  flags: number,
  body: Buffer,
): Item {
  return envelopeItem(
    {
      createdAtMs,
      ttlMs: ttl * 1000,
      staleForMs: staleFor * 1000,
      key: isHashed(key) ? key : undefined,
      flags,
      body,
    },
    nowMs,
  )
}

function envelopeItem(envelope: Envelope, nowMs: Milliseconds): Item {
  const { createdAtMs, ttlMs, staleForMs } = envelope
  const leftMs = ttlMs + staleForMs - age(createdAtMs, nowMs)
  // The server counts in whole seconds of its own clock and may drop an item up to one early.
  const ttl = leftMs <= 0 ? 0 : Math.ceil(leftMs / 1000) + 1
  return { flags: FLAG_ENVELOPE, bytes: encodeEnvelope(envelope), ttl }
}

/** The entry of a found item with another value or lifetime, so that it can be written back. */
export function entryOf(found: Found, envelope: Envelope | undefined, nowMs: Milliseconds): Entry {
  if (envelope === undefined) {
    return { value: found.value, createdAtMs: nowMs, ttl: found.ttlLeft ?? Infinity, staleFor: 0 }
  }
  const { createdAtMs, ttlMs, staleForMs } = envelope
  return { value: found.value, createdAtMs, ttl: ttlMs / 1000, staleFor: staleForMs / 1000 }
}

/** A clock that runs behind another's makes no value younger than new. */
function age(createdAtMs: Milliseconds, nowMs: Milliseconds): Milliseconds {
  return Math.max(0, nowMs - createdAtMs)
}
