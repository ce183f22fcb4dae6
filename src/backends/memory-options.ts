import type { Clock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import { type Bytes, parseSize, type Size } from '../units.ts'

/** How much a {@link MemoryBackend} holds, and how it hands it out. */
export interface MemoryOptions {
  /**
   * Estimated size of all keys and values. The least recently used go first.
   *
   * @default 67108864
   */
  readonly maxBytes?: Size
  /**
   * Number of entries. `Infinity`: only `maxBytes` counts.
   *
   * @default 10000
   */
  readonly maxEntries?: number
  /**
   * Hands out the stored value itself, deeply frozen, instead of a copy for each read. It is the copy
   * that was made when it was stored: the caller's own object is not frozen. Values with something in
   * them that cannot be frozen, such as a Map, a Date or bytes, are copied all the same.
   *
   * @default false
   */
  readonly share?: boolean
  /** Default: the system's. */
  readonly clock?: Clock
}

/** What a {@link MemoryBackend} uses where its options are silent. */
export const MEMORY_DEFAULTS: Readonly<Required<Omit<MemoryOptions, 'clock'>>> = Object.freeze({
  maxBytes: 67_108_864,
  maxEntries: 10_000,
  share: false,
})

export interface ResolvedMemoryOptions {
  readonly maxBytes: Bytes
  readonly maxEntries: number
  readonly share: boolean
}

const OPTIONS = ['clock', ...Object.keys(MEMORY_DEFAULTS)]

/** Fills the holes and checks the rest. */
export function resolveMemoryOptions(options: MemoryOptions): ResolvedMemoryOptions {
  checkOptions('the options of a MemoryBackend', options, OPTIONS)
  const {
    maxBytes = MEMORY_DEFAULTS.maxBytes,
    maxEntries = MEMORY_DEFAULTS.maxEntries,
    share = MEMORY_DEFAULTS.share,
  } = options
  if (maxEntries !== Infinity && (!Number.isInteger(maxEntries) || maxEntries < 1)) {
    throw optionError('maxEntries', maxEntries, 'a whole number, 1 or more, or Infinity')
  }
  if (typeof share !== 'boolean') throw optionError('share', share, 'true or false')
  return { maxBytes: parseSize('maxBytes', maxBytes), maxEntries, share }
}
