import { isDense } from './kinds.ts'
import { isJustAbove, isRoot } from './prototypes.ts'
import { MAX_DEPTH } from './trail.ts'

/**
 * Whether plain JSON keeps all of `value`. It says no to what no form keeps as well.
 *
 * Every value that is stored comes through here, so it looks at each part once and builds nothing
 * (`bench/encodings.mjs`).
 */
export function isJson(value: unknown): boolean {
  return isKept(value, 0, new Seen())
}

function isKept(value: unknown, depth: number, seen: Seen): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      return value === null || isKeptObject(value, depth, seen)
    default:
      return false
  }
}

function isKeptObject(value: object, depth: number, seen: Seen): boolean {
  if (depth >= MAX_DEPTH || !seen.isNew(value)) return false
  const prototype: object | null = Object.getPrototypeOf(value)
  if (Array.isArray(value)) return isJustAbove(prototype) && isKeptList(value, depth, seen)
  if (!isRoot(prototype) || hasSymbols(value)) return false
  // Inherited properties are looked at too. There are none, or else the answer errs to no.
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key]
    if (typeof part !== 'string' && !isKept(part, depth + 1, seen)) return false
  }
  return true
}

function isKeptList(list: readonly unknown[], depth: number, seen: Seen): boolean {
  if (!isDense(list) || hasSymbols(list)) return false
  for (let i = 0; i < list.length; i++) if (!isKept(list[i], depth + 1, seen)) return false
  return true
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0
}

/** The objects met so far: of one that is met again JSON would make two, or never end. */
class Seen {
  // A Set costs a flat record as much as the walk itself.
  #first: object | undefined
  #others: Set<object> | undefined

  isNew(object: object): boolean {
    if (this.#first === undefined) {
      this.#first = object
      return true
    }
    if (object === this.#first) return false
    this.#others ??= new Set()
    const { size } = this.#others
    return this.#others.add(object).size > size
  }
}
