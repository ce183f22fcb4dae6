import { readArithmetic, readDelete, readGet, readSet } from './answers.ts'
import type { MetaCommands } from './meta.ts'
import {
  META_ARITHMETIC_OPTIONS,
  META_DELETE_OPTIONS,
  META_GET_OPTIONS,
  META_GET_UNLESS_OPTIONS,
  META_SET_OPTIONS,
  type MetaArithmeticOptions,
  type MetaDeleteOptions,
  type MetaGetOptions,
  type MetaGetUnlessOptions,
  type MetaSetOptions,
} from './meta-options.ts'
import type {
  MetaArithmeticReply,
  MetaDeleteReply,
  MetaGetReply,
  MetaSetReply,
  MetaUnchanged,
} from './meta-replies.ts'
import { refusalOfOptions } from './option-names.ts'

// The meta commands as callers use them: their options' names are checked, and their replies whole.

export function callMetaGet(
  meta: MetaCommands,
  key: string,
  options: MetaGetOptions | MetaGetUnlessOptions,
): Promise<MetaGetReply | MetaUnchanged> {
  const isConditional = typeof options === 'object' && options !== null && 'unlessCas' in options
  const names = isConditional ? META_GET_UNLESS_OPTIONS : META_GET_OPTIONS
  const refusal = refusalOfOptions('metaGet', options, names)
  if (refusal !== undefined) return refusal
  return isConditional
    ? meta.getUnless('metaGet', key, options, readGet)
    : meta.get('metaGet', key, options, readGet)
}

export function callMetaSet(
  meta: MetaCommands,
  key: string,
  value: string | Uint8Array,
  options: MetaSetOptions,
): Promise<MetaSetReply> {
  const refusal = refusalOfOptions('metaSet', options, META_SET_OPTIONS)
  return refusal ?? meta.set('metaSet', key, value, options, readSet)
}

export function callMetaDelete(
  meta: MetaCommands,
  key: string,
  options: MetaDeleteOptions,
): Promise<MetaDeleteReply> {
  const refusal = refusalOfOptions('metaDelete', options, META_DELETE_OPTIONS)
  return refusal ?? meta.delete('metaDelete', key, options, readDelete)
}

export function callMetaArithmetic(
  meta: MetaCommands,
  key: string,
  options: MetaArithmeticOptions,
): Promise<MetaArithmeticReply> {
  const refusal = refusalOfOptions('metaArithmetic', options, META_ARITHMETIC_OPTIONS)
  return refusal ?? meta.arithmetic('metaArithmetic', key, options, readArithmetic)
}
