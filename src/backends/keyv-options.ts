import { type Clock, systemClock } from '../clock.ts'
import { CODEC_OPTIONS, type CodecOptions } from '../codec/codec-options.ts'
import { ValueCodec } from '../codec/value-codec.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'

/** What a {@link KeyvBackend} uses of a `Keyv`: version 5 or 6 of the package `keyv`. */
export interface KeyvLike {
  get(key: string): Promise<unknown>
  getMany(keys: string[]): Promise<unknown>
  set(key: string, value: string, ttl?: Milliseconds): Promise<unknown>
  delete(key: string): Promise<unknown>
  clear(): Promise<unknown>
  disconnect(): Promise<unknown>
  on(event: 'error', listener: (error: unknown) => void): unknown
  iterator?: ((argument?: unknown) => AsyncIterable<unknown>) | undefined
  readonly namespace?: string | undefined
  readonly store?: unknown
}

/** How a {@link KeyvBackend} calls its store, and stores values. */
export interface KeyvBackendOptions extends CodecOptions {
  /**
   * How long an operation may take, with waiting for its turn at its key. After that it rejects, and
   * until the store answers again all others reject at once, but for one that tries in each such time.
   *
   * @default 1000
   */
  readonly timeoutMs?: Milliseconds
  /**
   * Leaves the `Keyv` connected when the backend is closed.
   *
   * @default false
   */
  readonly sharesKeyv?: boolean
  /** Default: the system's. */
  readonly clock?: Clock
}

/** What a {@link KeyvBackend} uses where its options are silent. */
export const KEYV_DEFAULTS: Readonly<
  Required<Pick<KeyvBackendOptions, 'timeoutMs' | 'sharesKeyv'>>
> = Object.freeze({ timeoutMs: 1000, sharesKeyv: false })

const OPTIONS = ['clock', ...Object.keys(KEYV_DEFAULTS), ...CODEC_OPTIONS]
const METHODS = ['get', 'getMany', 'set', 'delete', 'clear', 'disconnect', 'on'] as const

/** {@link KeyvBackendOptions}, checked and with the holes filled. */
export interface ResolvedKeyvOptions {
  readonly timeoutMs: Milliseconds
  readonly sharesKeyv: boolean
  readonly clock: Clock
  readonly codec: ValueCodec
}

/** Fills the holes and checks the rest. */
export function resolveKeyvOptions(options: KeyvBackendOptions): ResolvedKeyvOptions {
  checkOptions('the options of a KeyvBackend', options, OPTIONS)
  const {
    timeoutMs = KEYV_DEFAULTS.timeoutMs,
    sharesKeyv = KEYV_DEFAULTS.sharesKeyv,
    clock = systemClock,
    ...codec
  } = options
  // Above it Node's timers fire at once. Source: Node's documentation, `setTimeout`.
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
    throw optionError('timeoutMs', timeoutMs, 'milliseconds above 0 and below 2^31')
  }
  if (typeof sharesKeyv !== 'boolean') throw optionError('sharesKeyv', sharesKeyv, 'true or false')
  return { timeoutMs, sharesKeyv, clock, codec: new ValueCodec(codec) }
}

/** Returns `keyv`, or throws `ERR_OPTION_INVALID`. */
export function checkKeyv(keyv: KeyvLike): KeyvLike {
  const isOne = typeof keyv === 'object' && keyv !== null
  if (isOne && METHODS.every((name) => typeof keyv[name] === 'function')) return keyv
  throw optionError('keyv', keyv, 'a Keyv of the package keyv, version 5 or 6')
}
