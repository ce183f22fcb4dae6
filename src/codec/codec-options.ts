import { checkOptions, optionError } from '../errors.ts'
import { type Bytes, parseSize, type Size } from '../units.ts'
import { type CompressOptions, Compressor } from './compress.ts'
import { Signer } from './signature.ts'

/** Another form for values than ours, such as MessagePack or one that encrypts. */
export interface CustomCodec {
  /**
   * Goes with every value, 1 to 100 characters: what another codec wrote is a miss. Change it with the form.
   */
  readonly name: string
  /** Whatever it throws rejects the write, with `ERR_VALUE_INVALID`. */
  encode(value: unknown): Uint8Array
  /**
   * The bytes may be anybody's: it must run no code that they choose. `undefined` is a miss, and so
   * is whatever it throws, which is told on `reprise:error`.
   */
  decode(bytes: Buffer): unknown
}

/** How values become bytes, in the backends that keep bytes. */
export interface CodecOptions {
  /**
   * Whether values from 1 KiB on are compressed, where that saves a tenth. Compressed ones are read
   * whatever this says.
   *
   * @default false
   */
  readonly compress?: boolean | CompressOptions
  /**
   * Encodes every value but whole numbers, which the server counts. What is stored in our own forms
   * is still read. Default: ours.
   */
  readonly codec?: CustomCodec
  /**
   * Signs entries, so that nobody without the secret can put words into the cache: with HMAC-SHA256,
   * over the key too. Unsigned entries are then misses, except whole numbers, which the server counts. Of a list the
   * first signs and all are accepted, so that a secret can be replaced. Default: none.
   */
  readonly secret?: string | Uint8Array | readonly (string | Uint8Array)[]
  /**
   * What a compressed value may unpack to: a larger one is a miss, and is not compressed when written.
   *
   * @default 33554432
   */
  readonly maxDecodedBytes?: Size
}

/** What a {@link ValueCodec} uses where its options are silent. */
export const CODEC_DEFAULTS: Readonly<
  Required<Pick<CodecOptions, 'compress' | 'maxDecodedBytes'>>
> = Object.freeze({ compress: false, maxDecodedBytes: 33_554_432 })

/** The names of {@link CodecOptions}, for backends that take them among their own. */
export const CODEC_OPTIONS: readonly (keyof CodecOptions)[] = Object.freeze([
  'compress',
  'codec',
  'secret',
  'maxDecodedBytes',
])

/** {@link CodecOptions}, checked. */
export interface ResolvedCodecOptions {
  readonly compressor: Compressor | undefined
  readonly custom: CustomCodec | undefined
  readonly signer: Signer | undefined
  readonly maxDecodedBytes: Bytes
}

/** Fills the holes and checks the rest. Throws `ERR_OPTION_INVALID`. */
export function resolveCodecOptions(options: CodecOptions): ResolvedCodecOptions {
  checkOptions('the options of a codec', options, CODEC_OPTIONS)
  const { compress = CODEC_DEFAULTS.compress, codec, secret } = options
  const maxDecodedBytes = parseSize(
    'maxDecodedBytes',
    options.maxDecodedBytes ?? CODEC_DEFAULTS.maxDecodedBytes,
  )
  return {
    compressor: compressorOf(compress),
    custom: codec === undefined ? undefined : checkCustom(codec),
    signer: secret === undefined ? undefined : new Signer(secret),
    // zlib takes no more than a Buffer can hold.
    maxDecodedBytes: Math.min(maxDecodedBytes, 2 ** 31 - 1),
  }
}

function compressorOf(compress: unknown): Compressor | undefined {
  if (compress === false) return undefined
  return new Compressor(compress === true ? {} : (compress as CompressOptions))
}

function checkCustom(codec: CustomCodec): CustomCodec {
  const isOne =
    typeof codec === 'object' &&
    codec !== null &&
    typeof codec.encode === 'function' &&
    typeof codec.decode === 'function'
  if (!isOne) throw optionError('codec', codec, 'an object with `name`, `encode` and `decode`')
  if (typeof codec.name === 'string' && codec.name !== '' && codec.name.length <= 100) return codec
  throw optionError('codec.name', codec.name, 'a text of 1 to 100 characters')
}
