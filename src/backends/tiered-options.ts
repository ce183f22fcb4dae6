import type { Clock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import {
  type Bytes,
  type Duration,
  parseDuration,
  parseSize,
  type Seconds,
  type Size,
} from '../units.ts'
import { type ResolvedMemoryOptions, resolveMemoryOptions } from './memory-options.ts'

/** What a {@link TieredBackend} keeps near, and when it believes it. */
export interface TieredOptions {
  /**
   * Estimated size of all that is kept near. The least recently used go first.
   *
   * @default 67108864
   */
  readonly maxBytes?: Size
  /**
   * Number of values kept near. `Infinity`: only `maxBytes` counts.
   *
   * @default 10000
   */
  readonly maxEntries?: number
  /**
   * How long a near copy answers without asking. Other processes' changes are seen so much later;
   * this process's own at once. 0: it asks each time whether the copy is current, which is one small
   * round trip.
   *
   * @default 0
   */
  readonly trustFor?: Duration
  /**
   * Smaller values are not kept near where `trustFor` is 0: asking saves little, and costs one more
   * round trip when they have changed. In estimated bytes.
   *
   * @default 256
   */
  readonly minBytes?: Size
  /**
   * Hands out the near copy itself, deeply frozen, instead of a copy of it for each read. Values with
   * something in them that cannot be frozen, such as a Map, a Date or bytes, are copied all the same.
   *
   * @default false
   */
  readonly share?: boolean
  /** Default: the system's. */
  readonly clock?: Clock
}

/** What a {@link TieredBackend} uses where its options are silent. */
export const TIERED_DEFAULTS: Readonly<Required<Omit<TieredOptions, 'clock'>>> = Object.freeze({
  maxBytes: 67_108_864,
  maxEntries: 10_000,
  trustFor: 0,
  minBytes: 256,
  share: false,
})

export interface ResolvedTieredOptions extends ResolvedMemoryOptions {
  readonly trustFor: Seconds
  readonly minBytes: Bytes
}

const OPTIONS = ['clock', ...Object.keys(TIERED_DEFAULTS)]

/** Fills the holes and checks the rest. */
export function resolveTieredOptions(options: TieredOptions): ResolvedTieredOptions {
  checkOptions('the options of a TieredBackend', options, OPTIONS)
  const {
    maxBytes = TIERED_DEFAULTS.maxBytes,
    maxEntries = TIERED_DEFAULTS.maxEntries,
    share = TIERED_DEFAULTS.share,
  } = options
  const trustFor = parseDuration('trustFor', options.trustFor ?? TIERED_DEFAULTS.trustFor)
  if (trustFor < 0 || trustFor === Infinity) {
    throw optionError('trustFor', options.trustFor, 'a time of 0 or more that ends')
  }
  return {
    ...resolveMemoryOptions({ maxBytes, maxEntries, share }),
    trustFor,
    minBytes: parseSize('minBytes', options.minBytes ?? TIERED_DEFAULTS.minBytes),
  }
}
