import type { Milliseconds } from '../units.ts'
import { type Fields, fieldsSize, NO_FIELDS, readFields, writeFields } from './envelope-fields.ts'
import { isBodyForm } from './flags.ts'

/** What an entry carries besides its value. */
export interface Header {
  /** When the computation of the value started, since the epoch. */
  readonly createdAtMs: Milliseconds
  /** Fresh for so long; may be `Infinity`. */
  readonly ttlMs: Milliseconds
  /** Kept for so long after that. */
  readonly staleForMs: Milliseconds
  /** The key in full, where the server knows it by a hash only. */
  readonly key: string | undefined
  /** The versions of its tags, by the tags' keys. */
  readonly tags?: ReadonlyMap<string, string> | undefined
  readonly etag?: string | undefined
}

/** A {@link Header} and the value, in bytes. */
export interface Envelope extends Header {
  /** The form of `body`: one of the raw forms of `flags.ts`, or that of a custom codec. */
  readonly flags: number
  /** The name of the custom codec that made `body`. */
  readonly codec?: string | undefined
  readonly body: Uint8Array
}

/** As {@link Envelope}, read: the body is a view of the bytes it was read from. */
export interface ReadEnvelope extends Envelope {
  readonly body: Buffer
}

// A server must not take an envelope for a number, so the first byte is neither a digit nor a space.
const VERSION = 1
/** All fields must be understood: one that does not know of tags would serve what they invalidated. */
const VERSION_STRICT = 2
const FIXED_BYTES = 40

/**
 * Writes an envelope, little-endian, and leaves `trailerBytes` behind it as they come:
 *
 * | at | bytes | |
 * | ---: | ---: | --- |
 * | 0 | 1 | version: 1; 2 where a reader has to understand every field, as where there are tags |
 * | 1 | 1 | flags of the body |
 * | 2 | 2 | 0 |
 * | 4 | 4 | where the body starts; the fields lie before it |
 * | 8 | 8 | `createdAtMs`, float64 |
 * | 16 | 8 | `ttlMs`, float64 |
 * | 24 | 8 | `staleForMs`, float64 |
 * | 32 | 4 | bytes of the key, 0 for none |
 * | 36 | 4 | 0 |
 * | 40 | | the key in UTF-8, then the fields (`envelope-fields.ts`), then the body |
 *
 * @throws {@link CacheError} `ERR_VALUE_INVALID` for too many tags.
 */
export function encodeEnvelope(envelope: Envelope, trailerBytes = 0): Buffer {
  const { createdAtMs, ttlMs, staleForMs, key, tags, flags, body } = envelope
  const keyBytes = key === undefined ? 0 : Buffer.byteLength(key)
  const fields = fieldsSize(envelope)
  const bodyAt = FIXED_BYTES + keyBytes + fields.bytes
  const bytes = Buffer.allocUnsafe(bodyAt + body.length + trailerBytes)
  bytes.writeUInt32LE((tags === undefined ? VERSION : VERSION_STRICT) + flags * 256, 0)
  bytes.writeUInt32LE(bodyAt, 4)
  bytes.writeDoubleLE(createdAtMs, 8)
  bytes.writeDoubleLE(ttlMs, 16)
  bytes.writeDoubleLE(staleForMs, 24)
  bytes.writeUInt32LE(keyBytes, 32)
  bytes.writeUInt32LE(0, 36)
  if (key !== undefined) bytes.write(key, FIXED_BYTES)
  if (fields.bytes > 0) writeFields(bytes, FIXED_BYTES + keyBytes, envelope, fields)
  bytes.set(body, bodyAt)
  return bytes
}

/** Reads an envelope; `undefined` for bytes that are none. The body is a view, not a copy. */
export function decodeEnvelope(bytes: Buffer): ReadEnvelope | undefined {
  const version = bytes[0]
  if (bytes.length < FIXED_BYTES) return undefined
  if (version !== VERSION && version !== VERSION_STRICT) return undefined
  const flags = bytes.readUInt8(1)
  const bodyAt = bytes.readUInt32LE(4)
  const createdAtMs = bytes.readDoubleLE(8)
  const ttlMs = bytes.readDoubleLE(16)
  const staleForMs = bytes.readDoubleLE(24)
  const keyEnd = FIXED_BYTES + bytes.readUInt32LE(32)
  const isSound =
    isBodyForm(flags) &&
    bodyAt >= keyEnd &&
    bodyAt <= bytes.length &&
    Number.isFinite(createdAtMs) &&
    ttlMs >= 0 &&
    staleForMs >= 0
  if (!isSound) return undefined
  const key = keyEnd === FIXED_BYTES ? undefined : bytes.toString('utf8', FIXED_BYTES, keyEnd)
  const fields: Fields | undefined =
    keyEnd === bodyAt
      ? NO_FIELDS
      : readFields(bytes, keyEnd, bodyAt, { isStrict: version === VERSION_STRICT })
  if (fields === undefined) return undefined
  const { tags, etag, codec } = fields
  const body = bytes.subarray(bodyAt)
  return { createdAtMs, ttlMs, staleForMs, key, tags, etag, flags, codec, body }
}
