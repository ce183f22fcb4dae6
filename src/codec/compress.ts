import zlib from 'node:zlib'
import { checkOptions, optionError } from '../errors.ts'
import { type Bytes, parseSize, type Size } from '../units.ts'
import { FLAG_BROTLI, FLAG_DEFLATE, FLAG_ZSTD } from './flags.ts'
import { copyBytes } from './values.ts'

/** How a body can be compressed. */
export type CompressionAlgorithm = 'brotli' | 'deflate' | 'zstd'

/** Which values are compressed, and how. */
export interface CompressOptions {
  /**
   * Values below this size are left as they are.
   *
   * @default 1024
   */
  readonly thresholdBytes?: Size
  /**
   * Every Node reads `'brotli'` and `'deflate'`. `'zstd'` is read by Node from 22.15 and 23.8 on, and
   * a miss to earlier ones, which write brotli instead: for a fleet that has left Node 20.
   *
   * @default 'brotli'
   */
  readonly algorithm?: CompressionAlgorithm
  /** Higher is smaller and slower. Default: 1 for brotli (of 11) and deflate (of 9), 3 for zstd (of 22). */
  readonly level?: number
}

/** What a {@link Compressor} uses where its options are silent. */
export const COMPRESS_DEFAULTS: Readonly<Required<Omit<CompressOptions, 'level'>>> = Object.freeze({
  thresholdBytes: 1024,
  algorithm: 'brotli',
})

/** A compressed body, and the client flag that says how. */
export interface Compressed {
  readonly flag: number
  readonly bytes: Buffer
}

type Unpack = (bytes: Uint8Array, options: object) => Buffer

// Neither in Node 20 nor in its types.
const { zstdCompressSync, zstdDecompressSync } = zlib as {
  zstdCompressSync?: (bytes: Uint8Array, options: object) => Buffer
  zstdDecompressSync?: Unpack
}
// Source: zstd.h, `ZSTD_c_compressionLevel` and `ZSTD_d_windowLogMax`: `zlib.constants` of Node 20 has neither.
const ZSTD_LEVEL = 100
const ZSTD_MAX_WINDOW_LOG = 100
/** A reader pays for unpacking each time: a saving below a tenth is not worth it. */
const KEPT_SHARE = 0.9

interface Algorithm {
  readonly flag: number
  readonly level: number
  readonly maxLevel: number
  readonly pack: (bytes: Uint8Array, level: number) => Buffer
}

const BROTLI: Algorithm = {
  flag: FLAG_BROTLI,
  level: 1,
  maxLevel: 11,
  pack: (bytes, level) => {
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants
    const params = { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: bytes.length }
    return zlib.brotliCompressSync(bytes, { params })
  },
}

const DEFLATE: Algorithm = {
  flag: FLAG_DEFLATE,
  level: 1,
  maxLevel: 9,
  pack: (bytes, level) => zlib.deflateSync(bytes, { level }),
}

const ZSTD: Algorithm =
  zstdCompressSync === undefined
    ? // The same settings do for a fleet in which some cannot write it.
      { ...BROTLI, maxLevel: 22, pack: (bytes) => BROTLI.pack(bytes, BROTLI.level) }
    : {
        flag: FLAG_ZSTD,
        level: 3,
        maxLevel: 22,
        pack: (bytes, level) => zstdCompressSync(bytes, { params: { [ZSTD_LEVEL]: level } }),
      }

/**
 * Compresses at once, on the caller's thread. On a thread of the pool it takes up to five times the
 * CPU at 1 KB and never less; at 1 MB it holds the event loop up for 3 ms, as JSON does for the
 * same value (`bench/encodings.mjs --compress`).
 */
export class Compressor {
  readonly #thresholdBytes: Bytes
  readonly #algorithm: Algorithm
  readonly #level: number

  /** Throws `ERR_OPTION_INVALID`. */
  constructor(options: CompressOptions) {
    checkOptions('`compress`', options, ['thresholdBytes', 'algorithm', 'level'])
    const { thresholdBytes = COMPRESS_DEFAULTS.thresholdBytes, level } = options
    this.#thresholdBytes = parseSize('compress.thresholdBytes', thresholdBytes)
    this.#algorithm = algorithmOf(options.algorithm ?? COMPRESS_DEFAULTS.algorithm)
    const { maxLevel } = this.#algorithm
    this.#level = level ?? this.#algorithm.level
    if (!Number.isInteger(this.#level) || this.#level < 1 || this.#level > maxLevel) {
      throw optionError('compress.level', level, `a whole number from 1 to ${maxLevel}`)
    }
  }

  /** Returns `undefined` where the body is to be kept as it is. */
  compress(body: Uint8Array): Compressed | undefined {
    if (body.length < this.#thresholdBytes) return undefined
    const bytes = this.#algorithm.pack(body, this.#level)
    return bytes.length <= body.length * KEPT_SHARE
      ? { flag: this.#algorithm.flag, bytes }
      : undefined
  }
}

/**
 * Returns the body that `bytes` are the compressed form of, as the flag among `flags` says. Throws
 * for what is no such form, what this Node cannot read, and what is larger than `maxBytes`, which
 * is noticed as it grows.
 */
export function decompress(flags: number, bytes: Buffer, maxBytes: Bytes): Buffer {
  const limit = { maxOutputLength: maxBytes }
  if ((flags & FLAG_BROTLI) !== 0) return own(zlib.brotliDecompressSync(bytes, limit))
  if ((flags & FLAG_DEFLATE) !== 0) return own(zlib.inflateSync(bytes, limit))
  if ((flags & FLAG_ZSTD) === 0) return bytes
  if (zstdDecompressSync === undefined) {
    throw new RangeError(`Node ${process.version} cannot read zstd: it takes 22.15 or later.`)
  }
  // A frame names the window that its reader has to allocate, by default up to 128 MiB.
  const windowLog = Math.min(Math.max(Math.ceil(Math.log2(maxBytes)), 10), 27)
  const params = { [ZSTD_MAX_WINDOW_LOG]: windowLog }
  return own(zstdDecompressSync(bytes, { ...limit, params }))
}

/** zlib gives a part of the 16 KiB or more that it wrote into, and the part would keep all of it. */
function own(body: Buffer): Buffer {
  return body.buffer.byteLength > 2 * body.length ? copyBytes(body) : body
}

function algorithmOf(name: CompressionAlgorithm): Algorithm {
  switch (name) {
    case 'brotli':
      return BROTLI
    case 'deflate':
      return DEFLATE
    case 'zstd':
      return ZSTD
    default:
      name satisfies never
      throw optionError('compress.algorithm', name, "'brotli', 'deflate' or 'zstd'")
  }
}
