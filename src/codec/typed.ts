/**
 * The typed form (flags 64): JSON in which an object with the key `$` stands for what plain JSON
 * loses. `$` names the type, `of` holds it:
 *
 * | `$` | `of` |
 * | --- | --- |
 * | `undefined` | – |
 * | `number` | `NaN`, `Infinity`, `-Infinity`, `-0`, or the digits of any other number |
 * | `bigint` | the digits in base 16: base 10 takes more than linear time to read |
 * | `date` | milliseconds since the epoch, `null` if invalid |
 * | `map`, `set` | a list of pairs, a list |
 * | `Buffer`, `ArrayBuffer`, `Uint8Array`, … | the bytes in base64, numbers little-endian |
 * | `sparse` | the length, then pairs: an array with holes or with named properties |
 * | `object`, `null-object` | pairs: an object that has the key `$`, or no prototype |
 *
 * @module
 */

import { type Binary, binaryName, bytesOf, isDense, kindOf, setOwn } from './kinds.ts'
import { MAX_DEPTH, Trail } from './trail.ts'

const TAG = '$'
const BIGINT = /^(-?)([0-9a-f]+)$/
const NUMBER = /^-?(?:NaN|Infinity|\d[\d.e+-]*)$/

interface Tagged {
  readonly $: string
  readonly of?: unknown
}

const BINARIES: Record<string, (bytes: ArrayBuffer) => unknown> = {
  __proto__: null as never,
  Buffer: (bytes) => Buffer.from(bytes),
  ArrayBuffer: (bytes) => bytes,
  Int8Array: (bytes) => new Int8Array(bytes),
  Uint8Array: (bytes) => new Uint8Array(bytes),
  Uint8ClampedArray: (bytes) => new Uint8ClampedArray(bytes),
  Int16Array: (bytes) => new Int16Array(bytes),
  Uint16Array: (bytes) => new Uint16Array(bytes),
  Int32Array: (bytes) => new Int32Array(bytes),
  Uint32Array: (bytes) => new Uint32Array(bytes),
  Float32Array: (bytes) => new Float32Array(bytes),
  Float64Array: (bytes) => new Float64Array(bytes),
  BigInt64Array: (bytes) => new BigInt64Array(bytes),
  BigUint64Array: (bytes) => new BigUint64Array(bytes),
}

/** Returns what `JSON.stringify` turns into the typed form. `value` must have passed `isJson`. */
export function tag(value: unknown): unknown {
  switch (typeof value) {
    case 'number': {
      const isKept = Number.isFinite(value) && !Object.is(value, -0)
      return isKept ? value : tagNumber(value)
    }
    case 'bigint':
      return { $: 'bigint', of: value.toString(16) } satisfies Tagged
    case 'undefined':
      return { $: 'undefined' } satisfies Tagged
    case 'object':
      return value === null ? null : tagObject(value)
    default:
      return value
  }
}

/** A number that must not look like one: as plain digits the server would count it up. */
export function tagNumber(value: number): Tagged {
  return { $: 'number', of: Object.is(value, -0) ? '-0' : `${value}` }
}

function tagObject(value: object): unknown {
  const kind = kindOf(value, new Trail())
  switch (kind) {
    case 'date': {
      const time = (value as Date).getTime()
      return { $: kind, of: Number.isNaN(time) ? null : time } satisfies Tagged
    }
    case 'bytes': {
      const bytes = value as Binary
      return { $: binaryName(bytes) ?? '', of: bytesOf(bytes).toString('base64') } satisfies Tagged
    }
    case 'map':
      return { $: kind, of: tagPairs(value as Map<unknown, unknown>) } satisfies Tagged
    case 'set':
      return { $: kind, of: Array.from(value as Set<unknown>, tag) } satisfies Tagged
    case 'array': {
      const list = value as unknown[]
      if (isDense(list)) return list.map(tag)
      const pairs = tagPairs(Object.entries(list))
      return { $: 'sparse', of: [list.length, pairs] } satisfies Tagged
    }
    case 'object': {
      if (Object.hasOwn(value, TAG)) break
      const tagged = {}
      for (const [key, part] of Object.entries(value)) setOwn(tagged, key, tag(part))
      return tagged
    }
    case 'null-object':
      break
    default:
      kind satisfies never
  }
  return { $: kind, of: tagPairs(Object.entries(value)) } satisfies Tagged
}

function tagPairs(pairs: Iterable<readonly [unknown, unknown]>): unknown[] {
  return Array.from(pairs, ([key, part]) => [tag(key), tag(part)])
}

/**
 * Turns what `JSON.parse` made of the typed form into the value. It calls nothing that the bytes
 * could choose, and throws for whatever {@link tag} does not make.
 */
export function revive(node: unknown, depth = 0): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (depth >= MAX_DEPTH && !isLeaf(node)) throw new SyntaxError('nested too deep')
  if (Array.isArray(node)) return node.map((part) => revive(part, depth + 1))
  if (Object.hasOwn(node, TAG)) return reviveTagged(node as Tagged, depth + 1)
  const record = {}
  for (const [key, part] of Object.entries(node)) setOwn(record, key, revive(part, depth + 1))
  return record
}

/** Whether `node` stands for something without parts, which is no level of nesting. */
function isLeaf(node: object): boolean {
  return Object.hasOwn(node, TAG) && !Array.isArray((node as Tagged).of)
}

function reviveTagged({ $: name, of }: Tagged, depth: number): unknown {
  switch (name) {
    case 'undefined':
      return undefined
    case 'number':
      return Number(checkText(of, NUMBER)[0])
    case 'bigint': {
      const [, sign, digits = ''] = checkText(of, BIGINT)
      return sign === '-' ? -BigInt(`0x${digits}`) : BigInt(`0x${digits}`)
    }
    case 'date':
      return new Date(of === null ? Number.NaN : checkNumber(of))
    case 'map':
      return new Map(revivePairs(of, depth))
    case 'set':
      return new Set(checkList(of).map((part) => revive(part, depth)))
    case 'object':
      return assign({}, of, depth)
    case 'null-object':
      return assign(Object.create(null) as object, of, depth)
    case 'sparse': {
      const [length, pairs] = checkList(of)
      const list: unknown[] = []
      list.length = checkNumber(length)
      return assign(list, pairs, depth)
    }
    default:
      return reviveBinary(name, of)
  }
}

function reviveBinary(name: unknown, of: unknown): unknown {
  const make = typeof name === 'string' ? BINARIES[name] : undefined
  if (make === undefined || typeof of !== 'string') throw new SyntaxError('an unknown tag')
  const bytes = Buffer.from(of, 'base64')
  const copy = new ArrayBuffer(bytes.length)
  bytes.copy(Buffer.from(copy))
  return make(copy)
}

function assign(target: object, of: unknown, depth: number): object {
  for (const [key, part] of revivePairs(of, depth)) {
    if (typeof key !== 'string') throw new SyntaxError('a key that is no string')
    setOwn(target, key, part)
  }
  return target
}

function revivePairs(of: unknown, depth: number): [unknown, unknown][] {
  return checkList(of).map((pair) => {
    const [key, part] = checkList(pair)
    return [revive(key, depth), revive(part, depth)]
  })
}

function checkList(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return node
  throw new SyntaxError('not a list')
}

function checkNumber(node: unknown): number {
  if (typeof node === 'number') return node
  throw new SyntaxError('not a number')
}

function checkText(node: unknown, pattern: RegExp): RegExpExecArray {
  const match = typeof node === 'string' ? pattern.exec(node) : null
  if (match === null) throw new SyntaxError('not the text that was expected')
  return match
}
