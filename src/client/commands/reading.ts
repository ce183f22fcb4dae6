import { optionError } from '../../errors.ts'
import type { Seconds } from '../../units.ts'
import { asItem, asItemWithCas, joinedRead, joinFound } from '../chunks/chunked-reading.ts'
import { Instead } from '../routing/outage.ts'
import type { CallOptions } from '../routing/router.ts'
import { readItem, readItemWithCas } from './answers.ts'
import type { Item, ItemWithCas } from './item.ts'
import { getEach, getMany } from './many.ts'
import type { MetaCommands } from './meta.ts'
import { CALL_OPTIONS, refusalOfOptions } from './option-names.ts'

const NOT_GOT = new Instead<Item | undefined>('get', undefined)
const NOT_GOT_WITH_CAS = new Instead<ItemWithCas | undefined>('gets', undefined)
const NOT_GOT_OR_TOUCHED = new Instead<Item | undefined>('gat', undefined)

export function get(
  meta: MetaCommands,
  key: string,
  options: CallOptions | undefined,
): Promise<Item | undefined> {
  if (options === undefined) return meta.item('get', key, NOT_GOT)
  const refusal = refusalOfOptions('get', options, CALL_OPTIONS)
  if (refusal !== undefined) return refusal
  const item = meta.item('get', key, NOT_GOT, options)
  const { chunks } = meta
  if (chunks === undefined) return item
  return joinedRead(meta, chunks, { operation: 'get', key, ...options }, item, asItem, NOT_GOT)
}

export function gets(
  meta: MetaCommands,
  key: string,
  options: CallOptions,
): Promise<ItemWithCas | undefined> {
  const refusal = refusalOfOptions('gets', options, CALL_OPTIONS)
  if (refusal !== undefined) return refusal
  const wanted = { ...options, value: true, flags: true, cas: true }
  const item = meta.get('gets', key, wanted, readItemWithCas, NOT_GOT_WITH_CAS)
  const { chunks } = meta
  if (chunks === undefined) return item
  const call = { operation: 'gets', key, ...options }
  return joinedRead(meta, chunks, call, item, asItemWithCas, NOT_GOT_WITH_CAS)
}

export function gat(
  meta: MetaCommands,
  key: string,
  ttl: Seconds,
  options: CallOptions,
): Promise<Item | undefined> {
  const refusal = refusalOfOptions('gat', options, CALL_OPTIONS) ?? refusalOfTtl(ttl)
  if (refusal !== undefined) return refusal
  const wanted = { ...options, value: true, flags: true, touch: ttl }
  const item = meta.get('gat', key, wanted, readItem, NOT_GOT_OR_TOUCHED)
  const { chunks } = meta
  if (chunks === undefined) return item
  const call = { operation: 'gat', key, ...options }
  return joinedRead(meta, chunks, call, item, asItem, NOT_GOT_OR_TOUCHED, ttl)
}

export function getItems(
  meta: MetaCommands,
  maxPending: number,
  keys: Iterable<string>,
  options: CallOptions | undefined,
): Promise<Map<string, Item>> {
  const refusal = options && refusalOfOptions('getMany', options, CALL_OPTIONS)
  if (refusal !== undefined) return refusal
  const failures = meta.failures('getMany', options?.signal)
  const { chunks } = meta
  return getMany(keys, maxPending, failures, (slice, found) => {
    const reading =
      options === undefined
        ? meta.items('getMany', slice, found, failures)
        : getEach(meta, 'getMany', slice, found, failures, options)
    if (chunks === undefined) return reading
    const call = { operation: 'getMany', ...options }
    return reading.then(async (isWhole) => {
      await joinFound(meta, chunks, call, slice, found, failures)
      return isWhole
    })
  })
}

/** Without a ttl, `gat` and `touch` would be reads that touch nothing. */
export function refusalOfTtl(ttl: Seconds): Promise<never> | undefined {
  if (ttl !== undefined) return undefined
  return Promise.reject(optionError('ttl', ttl, 'seconds, or Infinity'))
}
