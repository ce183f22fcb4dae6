import { isDeepStrictEqual, types } from 'node:util'

/**
 * Whether two values are alike in everything that a cache has to give back: types, prototypes, all
 * own properties but symbols, the order of keys, and which objects are one and the same. Written
 * without the code that it judges.
 */
export function isSameGraph(
  a: unknown,
  b: unknown,
  pairs = new Map<object, object>(),
  taken = new Set<object>(),
): boolean {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b)
  const partner = pairs.get(a)
  if (partner !== undefined) return partner === b
  // One object of `b` for two of `a` would be as wrong as two for one.
  if (taken.has(b)) return false
  pairs.set(a, b)
  taken.add(b)
  const isSame = (x: unknown, y: unknown): boolean => isSameGraph(x, y, pairs, taken)

  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime())
  if (a instanceof RegExp && b instanceof RegExp) return `${a}` === `${b}` && b.lastIndex === 0
  if (a instanceof URL && b instanceof URL) return a.href === b.href
  if (ArrayBuffer.isView(a) || a instanceof ArrayBuffer) return isDeepStrictEqual(a, b)
  if (types.isNativeError(a) !== types.isNativeError(b)) return false
  if (a instanceof Map && b instanceof Map) return isSame([...a].flat(), [...b].flat())
  if (a instanceof Set && b instanceof Set) return isSame([...a], [...b])
  const keys = Object.getOwnPropertyNames(a)
  const others = Object.getOwnPropertyNames(b)
  const isOrdered = !types.isNativeError(a)
  if (!isDeepStrictEqual(isOrdered ? keys : keys.sort(), isOrdered ? others : others.sort())) {
    return false
  }
  return keys.every((key) => {
    const [x, y] = [a, b].map((object) => Object.getOwnPropertyDescriptor(object, key))
    return x?.enumerable === y?.enumerable && isSame(read(a, key), read(b, key))
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** By descriptor: `object.__proto__` would be something else. */
function read(object: object, key: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(object, key)
  return descriptor?.get === undefined ? descriptor?.value : Reflect.get(object, key)
}
