import type { CasToken } from '../../protocol/command.ts'
import type { ProxyTokens, SetMode } from '../../protocol/meta.ts'
import type { Seconds } from '../../units.ts'
import type { CallOptions } from '../routing/router.ts'
import { type OptionNames, optionNames } from './option-names.ts'

/** What every meta command takes. */
export interface MetaOptions extends CallOptions {
  /**
   * The flags `P` and `L`, words of 1 to 128 printable characters that a proxy may route by. A
   * server ignores them.
   */
  readonly proxy?: ProxyTokens | undefined
}

/** What to read, and what the reading does. Nothing is returned that is not asked for. */
export interface MetaGetOptions extends MetaOptions {
  readonly value?: boolean | undefined
  readonly flags?: boolean | undefined
  readonly cas?: boolean | undefined
  readonly ttl?: boolean | undefined
  readonly size?: boolean | undefined
  /** Whether it was read before this (`h`). */
  readonly hitBefore?: boolean | undefined
  /** How long ago it was read or stored, before this (`l`). */
  readonly lastAccess?: boolean | undefined
  /** On a miss, makes an empty item that lives so long and answers `won` to this caller (`N`). */
  readonly vivify?: Seconds | undefined
  /** Gives the item so long to live from now (`T`). */
  readonly touch?: Seconds | undefined
  /**
   * With less than so long to live, the item answers `won` to this caller and `busy` to all others
   * (`R`). No effect on an item that never expires.
   */
  readonly recache?: Seconds | undefined
  /** Does not count as a use of the item (`u`). */
  readonly noBump?: boolean | undefined
  /** With `vivify`: the version of the new item, 0 to 2^64 - 1 (`E`, memcached 1.6.27). */
  readonly newCas?: bigint | undefined
}

/** {@link MetaGetOptions} for a value that the caller may have already. */
export interface MetaGetUnlessOptions extends MetaGetOptions {
  /**
   * Reads the value only where its version is another one (`C`). Where it is this one, the reply is
   * `'unchanged'`: without the value on the wire from memcached 1.6.40; an older server sends it,
   * and it is dropped here. Once its connection has ended, the value is read.
   */
  readonly unlessCas: CasToken | undefined
}

/** How to store, and what to tell of it. */
export interface MetaSetOptions extends MetaOptions {
  /** Client flags, 0 to 2^32 - 1. Where bytes are added to an item, it keeps its own. */
  readonly flags?: number | undefined
  /**
   * Default: the client's `ttl`. `Infinity`: never expires. 0 or less: gone at once. Not to be
   * given where bytes are added to an item: it keeps its own.
   */
  readonly ttl?: Seconds | undefined
  readonly mode?: SetMode | undefined
  /** Stores only over this version. Void, so `'exists'`, once its connection has ended. */
  readonly compareCas?: CasToken | undefined
  readonly returnCas?: boolean | undefined
  /** With `compareCas`: where the item is newer than that, stores all the same, as stale (`I`). */
  readonly invalidate?: boolean | undefined
  /** Of the stored item (`s`, memcached 1.6.20; older servers do not tell). */
  readonly returnSize?: boolean | undefined
  /**
   * In the modes `'append'` and `'prepend'`, where nothing is: stores the bytes as an item that
   * lives so long (`N`, memcached 1.6.20; on older servers the reply is `'not-stored'`).
   */
  readonly vivify?: Seconds | undefined
  /** The version of the stored item, 0 to 2^64 - 1 (`E`, memcached 1.6.27). */
  readonly newCas?: bigint | undefined
}

/** Which version to delete, or how to mark it stale instead. */
export interface MetaDeleteOptions extends MetaOptions {
  /** Deletes only this version. Void, so `'exists'`, once its connection has ended. */
  readonly compareCas?: CasToken | undefined
  /** Marks the item stale instead: the next reader wins, the others get the stale value (`I`). */
  readonly invalidate?: boolean | undefined
  /**
   * With `invalidate`: how long the stale item is kept; default: as long as it had left. With
   * `dropValue`: how long the empty item is kept; default: the client's `ttl`.
   */
  readonly ttl?: Seconds | undefined
  /** Keeps the item without its value and client flags (`x`, memcached 1.6.27). */
  readonly dropValue?: boolean | undefined
  /** With `invalidate`: the version from now on, 0 to 2^64 - 1 (`E`, memcached 1.6.27). */
  readonly newCas?: bigint | undefined
}

/** How to count, and what to tell of it besides the number. */
export interface MetaArithmeticOptions extends MetaOptions {
  /** 0 to 2^64 - 1. `incr` wraps around at 2^64, `decr` stops at 0. */
  readonly delta: bigint
  readonly mode: 'incr' | 'decr'
  /** Stored, and returned unchanged, where the key is missing (`J`). */
  readonly initial?: bigint | undefined
  /** Of an item made from `initial`. Default: the client's `ttl`. An existing one keeps its own. */
  readonly ttl?: Seconds | undefined
  /** Gives an existing item so long to live from now (`T`). */
  readonly touch?: Seconds | undefined
  /** Counts only this version. Void, so `'exists'`, once its connection has ended. */
  readonly compareCas?: CasToken | undefined
  readonly returnCas?: boolean | undefined
  readonly returnTtl?: boolean | undefined
  /** The version of the counted item, 0 to 2^64 - 1 (`E`, memcached 1.6.27). */
  readonly newCas?: bigint | undefined
}

const GET = [
  'value',
  'flags',
  'cas',
  'ttl',
  'size',
  'hitBefore',
  'lastAccess',
  'vivify',
  'touch',
  'recache',
  'noBump',
  'newCas',
  'proxy',
]

export const META_GET_OPTIONS: OptionNames = optionNames(...GET)

export const META_GET_UNLESS_OPTIONS: OptionNames = optionNames(...GET, 'unlessCas')

export const META_SET_OPTIONS: OptionNames = optionNames(
  'flags',
  'ttl',
  'mode',
  'compareCas',
  'returnCas',
  'invalidate',
  'returnSize',
  'vivify',
  'newCas',
  'proxy',
)

export const META_DELETE_OPTIONS: OptionNames = optionNames(
  'compareCas',
  'invalidate',
  'ttl',
  'dropValue',
  'newCas',
  'proxy',
)

export const META_ARITHMETIC_OPTIONS: OptionNames = optionNames(
  'delta',
  'mode',
  'initial',
  'ttl',
  'touch',
  'compareCas',
  'returnCas',
  'returnTtl',
  'newCas',
  'proxy',
)
