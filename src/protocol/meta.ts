import { optionError } from '../errors.ts'
import { checkProxyToken, checkTtl, checkU32, checkU64, isOn, refuse } from './checks.ts'
import type { CasToken, MetaCommand, WireTtl } from './command.ts'
import type { WireKey } from './key.ts'

// The four meta commands with every flag that says something to us. `q` is the connection's, `b`,
// `k`, `O` and `C` are written from the command's other fields. Where a flag came later than
// 1.6.18, its first version stands behind it.

/** Words for proxies. A server ignores them. */
export interface ProxyTokens {
  readonly P?: string | undefined
  readonly L?: string | undefined
}

interface AnyFlags {
  readonly proxy?: ProxyTokens | undefined
}

export interface GetFlags extends AnyFlags {
  readonly value?: boolean | undefined
  readonly flags?: boolean | undefined
  readonly cas?: boolean | undefined
  readonly ttl?: boolean | undefined
  readonly size?: boolean | undefined
  readonly hitBefore?: boolean | undefined
  readonly lastAccess?: boolean | undefined
  readonly vivify?: WireTtl | undefined
  readonly touch?: WireTtl | undefined
  readonly recache?: WireTtl | undefined
  readonly noBump?: boolean | undefined
  /** 1.6.40 */
  readonly unlessCas?: CasToken | undefined
  /** 1.6.27 */
  readonly newCas?: bigint | undefined
}

export type SetMode = 'set' | 'add' | 'replace' | 'append' | 'prepend'

export interface SetFlags extends AnyFlags {
  readonly flags?: number | undefined
  /** Must be left out where bytes are appended or prepended, and only there. */
  readonly ttl?: WireTtl | undefined
  readonly mode?: SetMode | undefined
  readonly compareCas?: CasToken | undefined
  readonly returnCas?: boolean | undefined
  readonly invalidate?: boolean | undefined
  /** 1.6.20 */
  readonly returnSize?: boolean | undefined
  /** 1.6.20 */
  readonly vivify?: WireTtl | undefined
  /** 1.6.27 */
  readonly newCas?: bigint | undefined
}

export interface DeleteFlags extends AnyFlags {
  readonly compareCas?: CasToken | undefined
  readonly invalidate?: boolean | undefined
  readonly ttl?: WireTtl | undefined
  /** 1.6.27 */
  readonly dropValue?: boolean | undefined
  /** 1.6.27 */
  readonly newCas?: bigint | undefined
}

export interface ArithmeticFlags extends AnyFlags {
  readonly delta: bigint
  readonly mode: 'incr' | 'decr'
  readonly initial?: bigint | undefined
  /** With `initial`: of the item that is made from it. */
  readonly ttl?: WireTtl | undefined
  readonly touch?: WireTtl | undefined
  readonly compareCas?: CasToken | undefined
  readonly returnCas?: boolean | undefined
  readonly returnTtl?: boolean | undefined
  /** 1.6.27 */
  readonly newCas?: bigint | undefined
}

const SET_MODES = { set: '', add: ' ME', replace: ' MR', append: ' MA', prepend: ' MP' } as const
const COUNT_MODES = { incr: '', decr: ' MD' } as const

/** Source: memcached doc/protocol.txt, "Meta Get". */
export function metaGet(key: WireKey, want: GetFlags): MetaCommand {
  const compareCas = checkCas('unlessCas', want.unlessCas)
  return { verb: 'mg', key, flags: getFlags(want), value: undefined, compareCas }
}

/** The command of these {@link getFlags}. */
export function metaGetBy(key: WireKey, flags: string): MetaCommand {
  return { verb: 'mg', key, flags, value: undefined, compareCas: undefined }
}

/** The flags of a `mg` but for those that its other fields are. */
export function getFlags(want: GetFlags): string {
  let flags = ''
  // First: 1.6.18 works through the flags in order, and a `t` before them tells the old time.
  if (want.vivify !== undefined) flags += ` N${checkTtl('vivify', want.vivify)}`
  if (want.touch !== undefined) flags += ` T${checkTtl('touch', want.touch)}`
  if (want.recache !== undefined) flags += ` R${checkTtl('recache', want.recache)}`
  if (isOn('value', want.value)) flags += ' v'
  if (isOn('flags', want.flags)) flags += ' f'
  if (isOn('cas', want.cas)) flags += ' c'
  if (isOn('ttl', want.ttl)) flags += ' t'
  if (isOn('size', want.size)) flags += ' s'
  if (isOn('hitBefore', want.hitBefore)) flags += ' h'
  if (isOn('lastAccess', want.lastAccess)) flags += ' l'
  if (isOn('noBump', want.noBump)) flags += ' u'
  if (want.newCas !== undefined) {
    if (want.vivify === undefined) refuse('newCas', want.newCas, 'left out without `vivify`')
    flags += newCas(want.newCas)
  }
  if (want.proxy !== undefined) flags += proxied(want.proxy)
  return flags
}

/** Keeps `value` until it is written. Source: memcached doc/protocol.txt, "Meta Set". */
export function metaSet(key: WireKey, value: Uint8Array, want: SetFlags): MetaCommand {
  const { mode = 'set' } = want
  let flags: string = Object.hasOwn(SET_MODES, mode)
    ? SET_MODES[mode]
    : unknownMode(mode, SET_MODES)
  const extending = mode === 'append' || mode === 'prepend'
  if (extending) checkExtension(want)
  else refuse('vivify', want.vivify, "left out but in the modes 'append' and 'prepend'")
  // Source: measured on 1.6.18, which stores in spite of the compare, where there is nothing.
  if (mode === 'add') refuse('compareCas', want.compareCas, "left out in the mode 'add'")
  if (want.compareCas === undefined) refuse('invalidate', want.invalidate, WITH_COMPARE)
  if (!extending) flags = ` T${checkTtl('ttl', want.ttl ?? 0)}${flags}`
  if (want.flags !== undefined && want.flags !== 0) flags += ` F${checkU32('flags', want.flags)}`
  if (want.vivify !== undefined) flags += ` N${checkTtl('vivify', want.vivify)}`
  if (isOn('returnCas', want.returnCas)) flags += ' c'
  if (isOn('returnSize', want.returnSize)) flags += ' s'
  if (isOn('invalidate', want.invalidate)) flags += ' I'
  if (want.newCas !== undefined) flags += newCas(want.newCas)
  if (want.proxy !== undefined) flags += proxied(want.proxy)
  return { verb: 'ms', key, flags, value, compareCas: checkCas('compareCas', want.compareCas) }
}

/** Source: memcached doc/protocol.txt, "Meta Delete". */
export function metaDelete(key: WireKey, want: DeleteFlags): MetaCommand {
  let flags = ''
  const invalidate = isOn('invalidate', want.invalidate)
  const dropValue = isOn('dropValue', want.dropValue)
  if (!invalidate && !dropValue) {
    refuse('ttl', want.ttl, 'left out where the item is deleted: it belongs to `invalidate`')
    refuse('newCas', want.newCas, 'left out where the item is deleted: it belongs to `invalidate`')
  }
  if (invalidate) flags += ' I'
  if (dropValue) flags += ' x'
  if (want.ttl !== undefined) flags += ` T${checkTtl('ttl', want.ttl)}`
  if (want.newCas !== undefined) flags += newCas(want.newCas)
  if (want.proxy !== undefined) flags += proxied(want.proxy)
  const compareCas = checkCas('compareCas', want.compareCas)
  return { verb: 'md', key, flags, value: undefined, compareCas }
}

/** Source: memcached doc/protocol.txt, "Meta Arithmetic". */
export function metaArithmetic(key: WireKey, want: ArithmeticFlags): MetaCommand {
  const { mode } = want
  const turn = Object.hasOwn(COUNT_MODES, mode) ? COUNT_MODES[mode] : unknownMode(mode, COUNT_MODES)
  let flags = want.touch === undefined ? '' : ` T${checkTtl('touch', want.touch)}`
  flags += ` v D${checkU64('delta', want.delta)}${turn}`
  if (want.initial !== undefined) {
    // Source: measured on 1.6.18, which makes the item in spite of the compare.
    refuse('compareCas', want.compareCas, 'left out beside `initial`')
    flags += ` J${checkU64('initial', want.initial)} N${checkTtl('ttl', want.ttl ?? 0)}`
  }
  if (isOn('returnCas', want.returnCas)) flags += ' c'
  if (isOn('returnTtl', want.returnTtl)) flags += ' t'
  if (want.newCas !== undefined) flags += newCas(want.newCas)
  if (want.proxy !== undefined) flags += proxied(want.proxy)
  const compareCas = checkCas('compareCas', want.compareCas)
  return { verb: 'ma', key, flags, value: undefined, compareCas }
}

const WITH_COMPARE = 'left out without `compareCas`'

// The item keeps its lifetime and its client flags (1.6.18), so that others would be lost.
function checkExtension(want: SetFlags): void {
  refuse('ttl', want.ttl, `left out in the mode '${want.mode}': \`vivify\` is that of a new item`)
  if (want.vivify === undefined && want.flags !== 0) {
    refuse('flags', want.flags, `left out in the mode '${want.mode}' without \`vivify\``)
  }
}

function newCas(cas: bigint): string {
  return ` E${checkU64('newCas', cas)}`
}

function proxied({ P, L }: ProxyTokens): string {
  const path = P === undefined ? '' : ` P${checkProxyToken('proxy.P', P)}`
  return L === undefined ? path : `${path} L${checkProxyToken('proxy.L', L)}`
}

function checkCas(option: string, token: CasToken | undefined): CasToken | undefined {
  if (token === undefined) return undefined
  if (typeof token !== 'object' || token === null) {
    throw optionError(option, token, 'a `cas` that this client returned')
  }
  checkU64(option, token.value)
  return token
}

function unknownMode(mode: unknown, modes: object): never {
  const names = Object.keys(modes).map((name) => `'${name}'`)
  throw optionError('mode', mode, `one of ${names.join(', ')}`)
}
