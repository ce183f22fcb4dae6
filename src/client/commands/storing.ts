import { optionError } from '../../errors.ts'
import type { CasToken } from '../../protocol/command.ts'
import { ChunkedWrite } from '../chunks/chunked-storing.ts'
import { checkFlags, holdsManifest, isLarge, refusalOfFlags } from '../chunks/large-values.ts'
import { Instead } from '../routing/outage.ts'
import { readSet, readStored } from './answers.ts'
import type { CasOutcome, ExtendOptions, StoreOptions } from './item.ts'
import type { MetaCommands } from './meta.ts'
import { checkOptionNames, optionNames, refusalOfOptions } from './option-names.ts'
import { ownBytes } from './values.ts'

const STORE_OPTIONS = optionNames('ttl', 'flags')
const EXTEND_OPTIONS = optionNames('createTtl', 'flags')

const NOT_STORED = {
  set: new Instead('set', false),
  add: new Instead('add', false),
  replace: new Instead('replace', false),
  append: new Instead('append', false),
  prepend: new Instead('prepend', false),
}
const NOT_COMPARED = new Instead<CasOutcome>('cas', 'unavailable')

// Each turn means that somebody else deleted or made the item between two of our commands.
const MAX_TURNS = 4

export function store(
  meta: MetaCommands,
  mode: 'set' | 'add' | 'replace',
  key: string,
  value: string | Uint8Array,
  options: StoreOptions,
): Promise<boolean> {
  const refusal =
    refusalOfOptions(mode, options, STORE_OPTIONS) ?? refusalOfFlags(meta, options.flags)
  if (refusal !== undefined) return refusal
  const { chunks } = meta
  if (chunks !== undefined && isLarge(chunks, value)) {
    return meta.orInstead(NOT_STORED[mode], options.signal, () =>
      new ChunkedWrite(meta, chunks, mode, key, value, options).store(mode),
    )
  }
  const wanted = mode === 'set' ? options : { ...options, mode }
  return meta.set(mode, key, value, wanted, readStored, NOT_STORED[mode])
}

export async function compareAndSwap(
  meta: MetaCommands,
  key: string,
  value: string | Uint8Array,
  token: CasToken,
  options: StoreOptions,
): Promise<CasOutcome> {
  checkOptionNames('cas', options, STORE_OPTIONS)
  if (token === undefined) throw optionError('token', token, 'what `gets` returned as `cas`')
  checkFlags(meta, options.flags)
  return meta.orInstead(NOT_COMPARED, options.signal, async () => {
    const { chunks } = meta
    if (chunks !== undefined && isLarge(chunks, value)) {
      return new ChunkedWrite(meta, chunks, 'cas', key, value, options).compareAndSwap(token)
    }
    const { kind } = await meta.set('cas', key, value, { ...options, compareCas: token }, readSet)
    return kind === 'not-stored' ? 'missing' : kind
  })
}

export async function extend(
  meta: MetaCommands,
  mode: 'append' | 'prepend',
  key: string,
  value: string | Uint8Array,
  options: ExtendOptions,
): Promise<boolean> {
  checkOptionNames(mode, options, EXTEND_OPTIONS)
  const { createTtl: _, flags, ...call } = options
  checkFlags(meta, flags)
  const bytes = ownBytes(value)
  return meta.orInstead(NOT_STORED[mode], options.signal, async () => {
    const { chunks } = meta
    if (chunks === undefined) return extendOrCreate(meta, mode, key, bytes, options)
    // In one write: a second round trip would let later commands about the key overtake it.
    const [isSplit, isStored] = await Promise.all([
      holdsManifest(meta, { operation: mode, key, ...call }),
      extendOrCreate(meta, mode, key, bytes, options),
    ])
    if (!isSplit) return isStored
    if (isStored) await chunks.discard({ operation: mode, key, ...call })
    return false
  })
}

async function extendOrCreate(
  meta: MetaCommands,
  mode: 'append' | 'prepend',
  key: string,
  bytes: Buffer,
  { createTtl, flags, ...call }: ExtendOptions,
): Promise<boolean> {
  if (createTtl === undefined) {
    return meta.setOwned(mode, key, bytes, { ...call, mode, flags }, readStored)
  }
  const extending = { ...call, mode, vivify: createTtl, flags }
  const adding = { ...call, mode: 'add' as const, ttl: createTtl, flags }
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    // From memcached 1.6.20 this makes the item too. Older servers leave that to the second command.
    if (await meta.setOwned(mode, key, bytes, extending, readStored)) return true
    if (await meta.setOwned(mode, key, bytes, adding, readStored)) return true
  }
  return false
}
