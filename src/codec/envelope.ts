import type { Milliseconds } from '../units.ts'
import { FLAG_BYTES, FLAG_INTEGER, FLAG_JSON, FLAG_TEXT, FLAG_TYPED } from './flags.ts'

/** What an entry carries besides its value. */
export interface Envelope {
  /** When the computation of the value started, since the epoch. */
  readonly createdAtMs: Milliseconds
  /** Fresh for so long; may be `Infinity`. */
  readonly ttlMs: Milliseconds
  /** Kept for so long after that. */
  readonly staleForMs: Milliseconds
  /** The key in full, where the server knows it by a hash only. */
  readonly key: string | undefined
  /** The form of `body`: one of the raw forms of `flags.ts`. */
  readonly flags: number
  readonly body: Buffer
}

// A server must not take an envelope for a number, so the first byte is neither a digit nor a space.
const VERSION = 1
const FIXED_BYTES = 40
const RAW_FORMS: ReadonlySet<number> = new Set([
  FLAG_BYTES,
  FLAG_INTEGER,
  FLAG_TEXT,
  FLAG_JSON,
  FLAG_TYPED,
])

/**
 * Writes an envelope, little-endian:
 *
 * | at | bytes | |
 * | ---: | ---: | --- |
 * | 0 | 1 | version, 1 |
 * | 1 | 1 | flags of the body |
 * | 2 | 2 | 0 |
 * | 4 | 4 | where the body starts; fields that a later version adds lie before it |
 * | 8 | 8 | `createdAtMs`, float64 |
 * | 16 | 8 | `ttlMs`, float64 |
 * | 24 | 8 | `staleForMs`, float64 |
 * | 32 | 4 | bytes of the key, 0 for none |
 * | 36 | 4 | 0 |
 * | 40 | | the key in UTF-8 |
 */
export function encodeEnvelope(envelope: Envelope): Buffer {
  const { createdAtMs, ttlMs, staleForMs, key = '', flags, body } = envelope
  const keyBytes = Buffer.byteLength(key)
  const bytes = Buffer.alloc(FIXED_BYTES + keyBytes + body.length)
  bytes.writeUInt8(VERSION, 0)
  bytes.writeUInt8(flags, 1)
  bytes.writeUInt32LE(FIXED_BYTES + keyBytes, 4)
  bytes.writeDoubleLE(createdAtMs, 8)
  bytes.writeDoubleLE(ttlMs, 16)
  bytes.writeDoubleLE(staleForMs, 24)
  bytes.writeUInt32LE(keyBytes, 32)
  bytes.write(key, FIXED_BYTES)
  body.copy(bytes, FIXED_BYTES + keyBytes)
  return bytes
}

/** Reads an envelope; `undefined` for bytes that are none. The body is a view, not a copy. */
export function decodeEnvelope(bytes: Buffer): Envelope | undefined {
  if (bytes.length < FIXED_BYTES || bytes[0] !== VERSION) return undefined
  const flags = bytes.readUInt8(1)
  const bodyAt = bytes.readUInt32LE(4)
  const createdAtMs = bytes.readDoubleLE(8)
  const ttlMs = bytes.readDoubleLE(16)
  const staleForMs = bytes.readDoubleLE(24)
  const keyBytes = bytes.readUInt32LE(32)
  const isSound =
    RAW_FORMS.has(flags) &&
    bodyAt >= FIXED_BYTES + keyBytes &&
    bodyAt <= bytes.length &&
    Number.isFinite(createdAtMs) &&
    ttlMs >= 0 &&
    staleForMs >= 0
  if (!isSound) return undefined
  const key =
    keyBytes === 0 ? undefined : bytes.toString('utf8', FIXED_BYTES, FIXED_BYTES + keyBytes)
  return { createdAtMs, ttlMs, staleForMs, key, flags, body: bytes.subarray(bodyAt) }
}
