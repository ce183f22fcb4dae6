import { type CacheError, optionError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import type { WireKey } from './key.ts'

/** A stored item's version, as one connection read it. */
export interface CasToken {
  readonly value: bigint
  /**
   * The connection that read it. On any other the token is void: a restarted server counts from 1
   * again, so that an old number can match a new item.
   */
  readonly connection: number
}

/** A meta command but for its opaque, which the connection adds when it writes. */
export interface MetaCommand {
  readonly verb: 'mg' | 'ms' | 'md' | 'ma'
  readonly key: WireKey
  /** Every flag but `b`, `C`, `O` and `k`, each with a leading space. */
  readonly flags: string
  readonly value: Uint8Array | undefined
  readonly compareCas: CasToken | undefined
}

/** A command whose replies are told by order alone. */
export interface TextCommand {
  readonly verb: 'mn' | 'version' | 'stats' | 'flush_all'
  readonly line: string
}

export type Command = MetaCommand | TextCommand

/** A number of seconds as `T`, `N` and `flush_all` take it: whole, 0 for never, -1 for at once. */
export type WireTtl = Seconds

export interface GetFlags {
  readonly value?: boolean | undefined
  readonly flags?: boolean | undefined
  readonly cas?: boolean | undefined
  readonly ttl?: boolean | undefined
  readonly size?: boolean | undefined
  readonly vivify?: WireTtl | undefined
  readonly touch?: WireTtl | undefined
  readonly noBump?: boolean | undefined
}

export interface SetFlags {
  readonly flags?: number | undefined
  readonly ttl: WireTtl
  readonly mode?: 'set' | 'add' | 'replace' | undefined
  readonly compareCas?: CasToken | undefined
  readonly returnCas?: boolean | undefined
  readonly invalidate?: boolean | undefined
}

export interface DeleteFlags {
  readonly compareCas?: CasToken | undefined
  readonly invalidate?: boolean | undefined
  readonly ttl?: WireTtl | undefined
}

export interface ArithmeticFlags {
  readonly delta: bigint
  readonly mode: 'incr' | 'decr'
  readonly initial?: bigint | undefined
  readonly ttl?: WireTtl | undefined
}

const MODES = { set: '', add: ' ME', replace: ' MR' } as const
const U32_MAX = 0xffff_ffff
const U64_MAX = 0xffff_ffff_ffff_ffffn
// The server reads times into a signed 32-bit number and refuses the line beyond.
const TTL_MAX: Seconds = 0x7fff_ffff

/** Source: memcached doc/protocol.txt, "Meta Get". */
export function metaGet(key: WireKey, want: GetFlags): MetaCommand {
  let flags = ''
  // First: 1.6.18 works through the flags in order, and a `t` before them tells the old time.
  if (want.vivify !== undefined) flags += ` N${checkTtl(want.vivify)}`
  if (want.touch !== undefined) flags += ` T${checkTtl(want.touch)}`
  if (want.value === true) flags += ' v'
  if (want.flags === true) flags += ' f'
  if (want.cas === true) flags += ' c'
  if (want.ttl === true) flags += ' t'
  if (want.size === true) flags += ' s'
  if (want.noBump === true) flags += ' u'
  return { verb: 'mg', key, flags, value: undefined, compareCas: undefined }
}

/** Keeps `value` until it is written. Source: memcached doc/protocol.txt, "Meta Set". */
export function metaSet(key: WireKey, value: Uint8Array, want: SetFlags): MetaCommand {
  let flags = ` T${checkTtl(want.ttl)}`
  if (want.flags !== undefined && want.flags !== 0) flags += ` F${checkU32('flags', want.flags)}`
  flags += MODES[want.mode ?? 'set'] ?? unknownMode(want.mode)
  if (want.returnCas === true) flags += ' c'
  if (want.invalidate === true) flags += ' I'
  return { verb: 'ms', key, flags, value, compareCas: checkCas(want.compareCas) }
}

/** Source: memcached doc/protocol.txt, "Meta Delete". */
export function metaDelete(key: WireKey, want: DeleteFlags): MetaCommand {
  let flags = ''
  if (want.invalidate === true) flags += ' I'
  if (want.ttl !== undefined) flags += ` T${checkTtl(want.ttl)}`
  return { verb: 'md', key, flags, value: undefined, compareCas: checkCas(want.compareCas) }
}

/** Source: memcached doc/protocol.txt, "Meta Arithmetic". */
export function metaArithmetic(key: WireKey, want: ArithmeticFlags): MetaCommand {
  let flags = ` v D${checkU64('delta', want.delta)}`
  if (want.mode === 'decr') flags += ' MD'
  if (want.initial !== undefined) {
    flags += ` J${checkU64('initial', want.initial)} N${checkTtl(want.ttl ?? 0)}`
  }
  return { verb: 'ma', key, flags, value: undefined, compareCas: undefined }
}

export const NOOP: TextCommand = Object.freeze({ verb: 'mn', line: 'mn' })

export const VERSION: TextCommand = Object.freeze({ verb: 'version', line: 'version' })

export type StatsKind = 'items' | 'slabs' | 'settings' | 'conns'

const STATS: Record<StatsKind | 'general', TextCommand> = {
  general: { verb: 'stats', line: 'stats' },
  items: { verb: 'stats', line: 'stats items' },
  slabs: { verb: 'stats', line: 'stats slabs' },
  settings: { verb: 'stats', line: 'stats settings' },
  conns: { verb: 'stats', line: 'stats conns' },
}

export function stats(kind: StatsKind | undefined): TextCommand {
  const command = Object.hasOwn(STATS, kind ?? 'general') ? STATS[kind ?? 'general'] : undefined
  if (command === undefined) {
    throw optionError('kind', kind, "'items', 'slabs', 'settings', 'conns' or left out")
  }
  return command
}

export function flushAll(delay: WireTtl | undefined): TextCommand {
  return {
    verb: 'flush_all',
    line: delay === undefined ? 'flush_all' : `flush_all ${checkTtl(delay)}`,
  }
}

function checkTtl(ttl: WireTtl): WireTtl {
  if (Number.isInteger(ttl) && ttl >= -1 && ttl <= TTL_MAX) return ttl
  throw optionError('ttl', ttl, `whole seconds from -1 to ${TTL_MAX}`)
}

function checkU32(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= U32_MAX) return value
  throw optionError(option, value, `a whole number from 0 to ${U32_MAX}`)
}

function checkU64(option: string, value: bigint): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) return value
  throw optionError(option, value, `a bigint from 0 to ${U64_MAX}`)
}

function checkCas(token: CasToken | undefined): CasToken | undefined {
  if (token !== undefined) checkU64('compareCas', token.value)
  return token
}

function unknownMode(mode: unknown): CacheError {
  throw optionError('mode', mode, "'set', 'add' or 'replace'")
}
