import { types } from 'node:util'
import { type Binary, binaryName } from './binary.ts'
import { isJustAbove, isRoot } from './prototypes.ts'
import type { Trail } from './trail.ts'

/** What an object is, as far as storing it goes. */
export type ObjectKind =
  | 'array'
  | 'object'
  | 'null-object'
  | 'date'
  | 'map'
  | 'set'
  | 'bytes'
  | 'error'
  | 'regexp'
  | 'url'

/** Returns the kind of `value`, or throws `ERR_VALUE_INVALID` naming its class. */
export function kindOf(value: object, trail: Trail): ObjectKind {
  const kind = knownKind(value)
  if (kind !== undefined) return kind
  const hasSymbol = isPlain(value) && Object.getOwnPropertySymbols(value).length > 0
  throw trail.refusal(hasSymbol ? 'an object with a symbol as a key' : describe(value))
}

/**
 * Returns the kind of `value`; `undefined` for what no form keeps.
 *
 * Only direct instances count, for of a subclass the methods would be lost: except of errors, which
 * are wanted for what they say. Types are told by `util.types`, not by `instanceof`, so that values
 * of another realm (`node:vm`, as test runners use) are taken as well.
 */
export function knownKind(value: object): ObjectKind | undefined {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return unlessSymbols(value, 'object')
  if (Array.isArray(value))
    return isJustAbove(prototype) ? unlessSymbols(value, 'array') : undefined
  if (prototype === null) return unlessSymbols(value, 'null-object')
  if (isRoot(prototype)) return unlessSymbols(value, 'object')
  if (types.isTypedArray(value) || types.isArrayBuffer(value)) {
    return binaryName(value as Binary) === undefined ? undefined : 'bytes'
  }
  if (isError(value)) return 'error'
  if (prototype === URL.prototype) return 'url'
  if (!isJustAbove(prototype)) return undefined
  if (types.isDate(value)) return 'date'
  if (types.isMap(value)) return 'map'
  if (types.isSet(value)) return 'set'
  return types.isRegExp(value) ? 'regexp' : undefined
}

/**
 * Whether `list` has neither holes nor named properties.
 *
 * Own keys are ordered: indices first, ascending. So as many keys as elements, of which the last is
 * the last index, are exactly the indices.
 */
export function isDense(list: readonly unknown[]): boolean {
  const keys = Object.keys(list)
  return keys.length === list.length && (keys.length === 0 || keys.at(-1) === `${keys.length - 1}`)
}

/** Whether `key` is the place of an element, and not the name of a property. */
export function isIndex(key: string): boolean {
  const index = Number(key)
  return Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 && `${index}` === key
}

/** The class of `value`, in words for a {@link Trail.refusal}. */
export function describe(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  const hint = types.isPromise(value) ? ', not awaited' : ''
  return `an instance of ${typeof name === 'string' && name !== '' ? name : 'a class'}${hint}`
}

function isError(value: object): boolean {
  // An aborted `fetch` rejects with a DOMException, which is no native error before Node 22.
  return types.isNativeError(value) || value instanceof DOMException
}

function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  return prototype === null || isRoot(prototype) || Array.isArray(value)
}

function unlessSymbols(value: object, kind: ObjectKind): ObjectKind | undefined {
  return Object.getOwnPropertySymbols(value).length === 0 ? kind : undefined
}
