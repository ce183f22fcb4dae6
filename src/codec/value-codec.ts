import { publishError } from '../channels.ts'
import { CacheError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { type CodecOptions, type CustomCodec, resolveCodecOptions } from './codec-options.ts'
import { type Compressor, decompress } from './compress.ts'
import { decodeEnvelope, encodeEnvelope, type Header, type ReadEnvelope } from './envelope.ts'
import { FLAG_BYTES, FLAG_CUSTOM, FLAG_ENVELOPE, FLAG_INTEGER, FLAG_SIGNED } from './flags.ts'
import { SIGNATURE_BYTES, type Signer } from './signature.ts'
import { decodeValue, type Encoded, encodeValue } from './values.ts'

/** Which values may go without an envelope: its header has nothing to say of them. */
export type RawForms = 'any' | 'integers' | 'none'

/**
 * Turns values into what a server keeps, and back: forms, compression, signature and limits in one
 * place, for every backend that keeps bytes.
 *
 * Reading never throws and runs nothing that the bytes could choose. What is in no form of the
 * table in `flags.ts`, or not signed although it has to be, is a miss: `undefined`.
 */
export class ValueCodec {
  readonly #compressor: Compressor | undefined
  readonly #custom: CustomCodec | undefined
  readonly #signer: Signer | undefined
  readonly #maxDecodedBytes: Bytes

  /** Throws {@link CacheError} `ERR_OPTION_INVALID`. */
  constructor(options: CodecOptions = {}) {
    const { compressor, custom, signer, maxDecodedBytes } = resolveCodecOptions(options)
    this.#compressor = compressor
    this.#custom = custom
    this.#signer = signer
    this.#maxDecodedBytes = maxDecodedBytes
  }

  /**
   * Returns the item for `value`: in an envelope with `header`, unless it may go without.
   *
   * @throws {@link CacheError} `ERR_VALUE_INVALID` for what cannot be kept.
   */
  encode(key: string, value: unknown, header: Header, raw: RawForms): Encoded {
    const encoded = this.#encodeBody(value)
    const { flags, bytes } = encoded
    if (flags === FLAG_INTEGER && raw !== 'none') return encoded
    const compressed =
      bytes.length <= this.#maxDecodedBytes ? this.#compressor?.compress(bytes) : undefined
    const needsEnvelope =
      compressed !== undefined || this.#signer !== undefined || flags === FLAG_CUSTOM
    // An empty item with flags 0 is the placeholder of a lease.
    const isPlaceholder = flags === FLAG_BYTES && bytes.length === 0
    if (raw === 'any' && !needsEnvelope && !isPlaceholder) return encoded
    return this.#seal(key, header, flags, compressed?.bytes ?? bytes, compressed?.flag ?? 0)
  }

  /**
   * Reads the envelope of an item whose flags say that it is one. Its value is still as it was
   * written: {@link ValueCodec.value} decodes it.
   */
  open(key: string, flags: number, bytes: Buffer): ReadEnvelope | undefined {
    if ((flags & FLAG_SIGNED) === 0) {
      return this.#signer === undefined ? decodeEnvelope(bytes) : undefined
    }
    // Without the secret nobody can tell; who gave none trusts the server.
    if (this.#signer === undefined) {
      return decodeEnvelope(bytes.subarray(0, Math.max(0, bytes.length - SIGNATURE_BYTES)))
    }
    const content = this.#signer.verify(key, flags, bytes)
    if (content !== undefined) return decodeEnvelope(content)
    this.#tell('The signature of an entry is not one of `secret`. It counts as a miss.')
    return undefined
  }

  /** Returns the value of an envelope that came with these client flags. */
  value(flags: number, envelope: ReadEnvelope): NonNullable<unknown> | null | undefined {
    const { flags: form, codec } = envelope
    const isCustom = form === FLAG_CUSTOM
    if (isCustom && (codec === undefined || codec !== this.#custom?.name)) return undefined
    let body: Buffer
    try {
      body = decompress(flags, envelope.body, this.#maxDecodedBytes)
    } catch (error) {
      this.#tell('A compressed value cannot be unpacked. It counts as a miss.', error)
      return undefined
    }
    return isCustom ? this.#decodeCustom(body) : decodeValue(form, body)
  }

  /** Returns the value of an item without an envelope. With a secret only whole numbers are read. */
  raw(flags: number, bytes: Buffer): NonNullable<unknown> | null | undefined {
    if (this.#signer !== undefined && flags !== FLAG_INTEGER) return undefined
    return decodeValue(flags, bytes)
  }

  #encodeBody(value: unknown): Encoded {
    const custom = this.#custom
    if (custom === undefined) return encodeValue(value)
    const isWhole = typeof value === 'number' || typeof value === 'bigint'
    if (isWhole || value === undefined) {
      const encoded = encodeValue(value)
      if (encoded.flags === FLAG_INTEGER) return encoded
    }
    return { flags: FLAG_CUSTOM, bytes: encodeCustom(custom, value) }
  }

  #seal(key: string, header: Header, form: number, body: Buffer, compression: number): Encoded {
    const signer = this.#signer
    const flags = FLAG_ENVELOPE + compression + (signer === undefined ? 0 : FLAG_SIGNED)
    const codec = form === FLAG_CUSTOM ? this.#custom?.name : undefined
    // Not a spread: with Node 20 it takes four times as long as all the rest.
    const { createdAtMs, ttlMs, staleForMs, key: fullKey, tags, etag } = header
    const bytes = encodeEnvelope(
      { createdAtMs, ttlMs, staleForMs, key: fullKey, tags, etag, flags: form, codec, body },
      signer === undefined ? 0 : SIGNATURE_BYTES,
    )
    signer?.sign(key, flags, bytes)
    return { flags, bytes }
  }

  #decodeCustom(body: Buffer): NonNullable<unknown> | null | undefined {
    try {
      return this.#custom?.decode(body) as NonNullable<unknown> | null | undefined
    } catch (error) {
      this.#tell('The codec cannot decode what it should have written. It counts as a miss.', error)
      return undefined
    }
  }

  #tell(message: string, cause?: unknown): void {
    publishError({
      error: new CacheError('ERR_VALUE_INVALID', message, { cause }),
      operation: 'decode',
    })
  }
}

function encodeCustom(custom: CustomCodec, value: unknown): Buffer {
  let bytes: unknown
  try {
    bytes = custom.encode(value)
  } catch (cause) {
    const message = `The codec "${custom.name}" cannot encode the value.`
    throw new CacheError('ERR_VALUE_INVALID', message, { cause })
  }
  if (bytes instanceof Uint8Array) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  const message = `The codec "${custom.name}" gave no bytes: \`encode\` must return a Uint8Array.`
  throw new CacheError('ERR_VALUE_INVALID', message)
}
