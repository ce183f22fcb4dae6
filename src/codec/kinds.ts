import { types } from 'node:util'
import type { Trail } from './trail.ts'

/** What an object is, as far as storing it goes. */
export type ObjectKind = 'array' | 'object' | 'null-object' | 'date' | 'map' | 'set' | 'bytes'

/** Any kind of bytes that can be kept. */
export type Binary = ArrayBuffer | NodeJS.TypedArray

/**
 * Returns the kind of `value`, or throws `ERR_VALUE_INVALID` naming its class.
 *
 * Only direct instances count: of a subclass the methods would be lost. Types are told by
 * `util.types`, not by `instanceof`, so that values of another realm (`node:vm`, as test runners
 * use) are taken as well.
 */
export function kindOf(value: object, trail: Trail): ObjectKind {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return checkSymbols(value, trail, 'object')
  if (Array.isArray(value) && isJustAbove(prototype)) return checkSymbols(value, trail, 'array')
  if (prototype === null) return checkSymbols(value, trail, 'null-object')
  if (isRoot(prototype)) return checkSymbols(value, trail, 'object')
  if (types.isTypedArray(value) || types.isArrayBuffer(value)) {
    if (binaryName(value) !== undefined) return 'bytes'
  } else if (isJustAbove(prototype)) {
    if (types.isDate(value)) return 'date'
    if (types.isMap(value)) return 'map'
    if (types.isSet(value)) return 'set'
  }
  throw trail.refusal(describe(value))
}

/** The name to revive `value` by, or `undefined` for a subclass. */
export function binaryName(value: Binary): string | undefined {
  if (Buffer.isBuffer(value)) return 'Buffer'
  const prototype: object = Object.getPrototypeOf(value)
  if (types.isArrayBuffer(value)) return isJustAbove(prototype) ? 'ArrayBuffer' : undefined
  return isJustAbove(Object.getPrototypeOf(prototype)) ? value[Symbol.toStringTag] : undefined
}

/** The bytes of `value`, as a view of the same memory. */
export function bytesOf(value: Binary): Buffer {
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value)
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

/** The class of `value`, in words for a {@link Trail.refusal}. */
export function describe(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  const hint = types.isPromise(value) ? ', not awaited' : ''
  return `an instance of ${typeof name === 'string' && name !== '' ? name : 'a class'}${hint}`
}

/** Sets a property as plain assignment would, but for `__proto__`, which it makes an own property. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  } else {
    ;(target as Record<string, unknown>)[key] = value
  }
}

/** Whether `prototype` is `Object.prototype`, of this realm or another. */
function isRoot(prototype: object | null): boolean {
  if (prototype === Object.prototype) return true
  if (prototype === null || Object.getPrototypeOf(prototype) !== null) return false
  return Object.hasOwn(prototype, 'isPrototypeOf')
}

function isJustAbove(prototype: object | null): boolean {
  return prototype !== null && isRoot(Object.getPrototypeOf(prototype))
}

function checkSymbols(value: object, trail: Trail, kind: ObjectKind): ObjectKind {
  if (Object.getOwnPropertySymbols(value).length === 0) return kind
  throw trail.refusal('an object with a symbol as a key')
}
