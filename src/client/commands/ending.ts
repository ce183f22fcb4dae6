import type { Seconds } from '../../units.ts'
import { touchWhole } from '../chunks/chunked-reading.ts'
import { Instead } from '../routing/outage.ts'
import type { CallOptions } from '../routing/router.ts'
import { readDeleted, readHit } from './answers.ts'
import type { StaleOptions } from './item.ts'
import type { MetaCommands } from './meta.ts'
import { CALL_OPTIONS, optionNames, refusalOfOptions } from './option-names.ts'
import { refusalOfTtl } from './reading.ts'

// What decides how long an item lives on.

const STALE_OPTIONS = optionNames('ttl')

const NOT_DELETED = new Instead('delete', false)
const NOT_TOUCHED = new Instead('touch', false)
const NOT_MARKED = new Instead('markStale', false)

export function remove(meta: MetaCommands, key: string, options: CallOptions): Promise<boolean> {
  const refusal = refusalOfOptions('delete', options, CALL_OPTIONS)
  return refusal ?? meta.delete('delete', key, options, readDeleted, NOT_DELETED)
}

export function touch(
  meta: MetaCommands,
  key: string,
  ttl: Seconds,
  options: CallOptions,
): Promise<boolean> {
  const refusal = refusalOfOptions('touch', options, CALL_OPTIONS) ?? refusalOfTtl(ttl)
  if (refusal !== undefined) return refusal
  const { chunks } = meta
  if (chunks === undefined) {
    return meta.get('touch', key, { ...options, touch: ttl }, readHit, NOT_TOUCHED)
  }
  const call = { operation: 'touch', key, ...options }
  return meta.orInstead(NOT_TOUCHED, options.signal, () => touchWhole(meta, chunks, call, ttl))
}

export function markStale(
  meta: MetaCommands,
  key: string,
  options: StaleOptions,
): Promise<boolean> {
  const refusal = refusalOfOptions('markStale', options, STALE_OPTIONS)
  const wanted = { ...options, invalidate: true }
  return refusal ?? meta.delete('markStale', key, wanted, readDeleted, NOT_MARKED)
}
