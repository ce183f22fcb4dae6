import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { CacheError } from '../errors.ts'
import type { Bytes } from '../units.ts'

/** What a signature takes up behind an envelope. */
export const SIGNATURE_BYTES: Bytes = 32

/**
 * Signs envelopes with HMAC-SHA256, over the size of the key and the client flags (4 bytes each, little-endian),
 * the key in UTF-8, and the envelope. So a signed entry is one only under its own key and flags.
 */
export class Signer {
  readonly #signing: KeyObject
  readonly #accepted: readonly KeyObject[]

  /** Of a list the first signs and all are accepted. Throws `ERR_OPTION_INVALID`. */
  constructor(secret: string | Uint8Array | readonly (string | Uint8Array)[]) {
    const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
    const keys = secrets.map(secretKey)
    const [first] = keys
    if (first === undefined) throw secretError()
    this.#signing = first
    this.#accepted = keys
  }

  /** Writes the signature into the last 32 bytes of `bytes`. */
  sign(key: string, flags: number, bytes: Buffer): void {
    const end = bytes.length - SIGNATURE_BYTES
    digest(this.#signing, key, flags, bytes.subarray(0, end)).copy(bytes, end)
  }

  /** Returns what is before the signature, or `undefined` where that is none of ours. */
  verify(key: string, flags: number, bytes: Buffer): Buffer | undefined {
    const end = bytes.length - SIGNATURE_BYTES
    if (end < 0) return undefined
    const content = bytes.subarray(0, end)
    const signature = bytes.subarray(end)
    const isOurs = this.#accepted.some((secret) => {
      return timingSafeEqual(digest(secret, key, flags, content), signature)
    })
    return isOurs ? content : undefined
  }
}

function digest(secret: KeyObject, key: string, flags: number, content: Buffer): Buffer {
  const keyBytes = Buffer.byteLength(key)
  const head = Buffer.allocUnsafe(8 + keyBytes)
  head.writeUInt32LE(keyBytes, 0)
  head.writeUInt32LE(flags, 4)
  head.write(key, 8)
  return createHmac('sha256', secret).update(head).update(content).digest()
}

function secretKey(secret: unknown): KeyObject {
  const isText = typeof secret === 'string'
  if ((!isText && !(secret instanceof Uint8Array)) || secret.length === 0) throw secretError()
  return createSecretKey(isText ? Buffer.from(secret) : secret)
}

/** Without the value, which is a secret. */
function secretError(): CacheError {
  const message = '`secret` must be a text or bytes, 1 or more of them, or a list of such.'
  return new CacheError('ERR_OPTION_INVALID', message)
}
