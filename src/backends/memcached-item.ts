import type { Entry, Found } from '../cache/backend.ts'
import { isHashed } from '../cache/keys.ts'
import { MANIFEST_FLAGS } from '../client/chunks/manifest.ts'
import type { MetaHit } from '../client/index.ts'
import type { Header } from '../codec/envelope.ts'
import { FLAG_BYTES, isEnvelope } from '../codec/flags.ts'
import type { RawForms, ValueCodec } from '../codec/value-codec.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import { ageAt, headerOf } from './entry-header.ts'

/** An entry as an item of the server. */
export interface Item {
  readonly flags: number
  readonly bytes: Buffer
  /** For the server: at least as long as the entry is of use. 0 or less: its time has passed. */
  readonly ttl: Seconds
}

/** What an item of the server is to us. */
export type ReadItem =
  | { readonly kind: 'found'; readonly found: Found; readonly envelope: Header | undefined }
  /** The empty item of a lease: somebody computes. */
  | { readonly kind: 'placeholder' }
  /** One of several: {@link LargeItems} puts them together. */
  | { readonly kind: 'split' }
  /**
   * A miss that sits under the key: of another key with the same digest, in a form that we do not
   * read, or a placeholder whose lease was cancelled. Or it `isOver` by its own header: then somebody
   * may have begun to compute it anew while it was not.
   */
  | { readonly kind: 'dead'; readonly isOver: boolean }

export const DEAD: ReadItem = Object.freeze({ kind: 'dead', isOver: false })
const OVER: ReadItem = Object.freeze({ kind: 'dead', isOver: true })
const SPLIT: ReadItem = Object.freeze({ kind: 'split' })

/** The placeholder of a lease: no bytes and flags 0, which no entry of ours is. */
export const PLACEHOLDER: Buffer = Buffer.alloc(0)

/**
 * Returns the item for an entry that is at hand now. In raw form, which Django's clients and the
 * server's counters understand, where it loses nothing.
 */
export function itemOf(codec: ValueCodec, key: string, entry: Entry, nowMs: Milliseconds): Item {
  return encodedItem(codec, key, entry, nowMs, 'any')
}

/**
 * Returns the item for a computed entry: its age counts from before it was at hand, so it carries
 * a header that is exact. Not so whole numbers, which the server must be able to count.
 */
export function computedItemOf(
  codec: ValueCodec,
  key: string,
  entry: Entry,
  nowMs: Milliseconds,
): Item {
  return encodedItem(codec, key, entry, nowMs, 'integers')
}

/** Tells what a hit is to us, by its flags, its header and the time. */
export function readItem(
  codec: ValueCodec,
  key: string,
  hit: MetaHit,
  nowMs: Milliseconds,
): ReadItem {
  const bytes = hit.value ?? PLACEHOLDER
  if (bytes.length === 0 && hit.flags === FLAG_BYTES) {
    return hit.stale ? DEAD : { kind: 'placeholder' }
  }
  if (isEnvelope(hit.flags)) return readEnvelope(codec, key, bytes, hit, nowMs)
  if (hit.flags === MANIFEST_FLAGS) return SPLIT
  const value = isHashed(key) ? undefined : codec.raw(hit.flags, bytes)
  if (value === undefined) return DEAD
  const found: Found = {
    value,
    state: hit.stale ? 'stale' : 'fresh',
    ageMs: undefined,
    ttlLeft: hit.stale ? 0 : hit.ttl,
    staleMs: hit.stale ? undefined : 0,
    tags: undefined,
    etag: undefined,
    mark: hit.cas,
  }
  return { kind: 'found', found, envelope: undefined }
}

function readEnvelope(
  codec: ValueCodec,
  key: string,
  bytes: Buffer,
  hit: MetaHit,
  nowMs: Milliseconds,
): ReadItem {
  const envelope = codec.open(key, hit.flags, bytes)
  if (envelope === undefined) return DEAD
  const isOurs = envelope.key === undefined ? !isHashed(key) : envelope.key === key
  const ageMs = ageAt(envelope.createdAtMs, nowMs)
  const staleMs = ageMs - envelope.ttlMs
  if (!isOurs) return DEAD
  if (staleMs >= envelope.staleForMs) return OVER
  const value = codec.value(hit.flags, envelope)
  if (value === undefined) return DEAD
  const isPast = staleMs >= 0
  const isStale = isPast || hit.stale
  const found: Found = {
    value,
    state: isStale ? 'stale' : 'fresh',
    ageMs,
    ttlLeft: isStale ? 0 : -staleMs / 1000,
    staleMs: isPast ? staleMs : isStale ? undefined : 0,
    tags: envelope.tags,
    etag: envelope.etag,
    mark: hit.cas,
  }
  return { kind: 'found', found, envelope }
}

function encodedItem(
  codec: ValueCodec,
  key: string,
  entry: Entry,
  nowMs: Milliseconds,
  raw: RawForms,
): Item {
  const { createdAtMs, ttl, staleFor, etag } = entry
  const header = headerOf(entry, isHashed(key) ? key : undefined)
  const isWhole = ttl === Infinity || Number.isInteger(ttl)
  const isBare = header.tags === undefined && etag === undefined && staleFor === 0
  const mayBeRaw = isWhole && isBare && header.key === undefined
  const { flags, bytes } = codec.encode(key, entry.value, header, mayBeRaw ? raw : 'none')
  const ageMs = ageAt(createdAtMs, nowMs)
  if (!isEnvelope(flags)) return { flags, bytes, ttl: ttl - ageMs / 1000 }
  const leftMs = header.ttlMs + header.staleForMs - ageMs
  // The server counts in whole seconds of its own clock and may drop an item up to one early.
  return { flags, bytes, ttl: leftMs <= 0 ? 0 : Math.ceil(leftMs / 1000) + 1 }
}
