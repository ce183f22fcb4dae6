import { makeBinary } from './binary.ts'
import { isHiddenPart, makeError, setErrorPart } from './error-parts.ts'
import { isIndex } from './kinds.ts'
import { PatternBudget } from './patterns.ts'
import { setOwn } from './prototypes.ts'
import { MAX_DEPTH } from './trail.ts'
import { TAG, type Tagged } from './typed.ts'

const BIGINT = /^(-?)([0-9a-f]+)$/
// As `href` always is: to encode a host takes the square of its letters.
const ASCII = /^[ -~]*$/
const NUMBER = /^-?(?:NaN|Infinity|\d[\d.e+-]*)$/

/**
 * Turns what `JSON.parse` made of the typed form into the value; `node` is used up. It calls nothing
 * that the bytes could choose, makes nothing larger than they are, and throws for whatever `tag`
 * does not make.
 */
export function revive(node: unknown): unknown {
  if (isTagged(node) && node.$ === 'refs') return new Reviver([]).revive(node.of, 0)
  return new Reviver(undefined).revive(node, 0)
}

class Reviver {
  /** Of a value in which some are met again: all objects, in the order in which they begin. */
  readonly #objects: object[] | undefined
  readonly #patterns = new PatternBudget()

  constructor(objects: object[] | undefined) {
    this.#objects = objects
  }

  revive(node: unknown, depth: number): unknown {
    if (typeof node !== 'object' || node === null) return node
    if (depth >= MAX_DEPTH && !isLeaf(node)) throw new SyntaxError('nested too deep')
    if (Array.isArray(node)) return this.#fillList(this.#begun(node), depth + 1)
    if (isTagged(node)) return this.#reviveTagged(node, depth + 1)
    this.#begun(node)
    const record = node as Record<string, unknown>
    // Not `for … in`: of a polluted `Object.prototype` it would make own properties.
    for (const key of Object.keys(record)) {
      const part = record[key]
      // An own `__proto__`, as JSON.parse makes it, is set by assignment like any other.
      if (typeof part === 'object' && part !== null) record[key] = this.revive(part, depth + 1)
    }
    return record
  }

  /** Counts an object, before its parts. */
  #begun<T extends object>(object: T): T {
    this.#objects?.push(object)
    return object
  }

  #reviveTagged({ $: name, of }: Tagged, depth: number): unknown {
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
        return this.#begun(new Date(of === null ? Number.NaN : checkNumber(of)))
      case 'map': {
        const map = this.#begun(new Map<unknown, unknown>())
        this.#eachPair(of, depth, (key, part) => map.set(key, part))
        return map
      }
      case 'set': {
        const set = this.#begun(new Set<unknown>())
        for (const part of checkList(of)) set.add(this.revive(part, depth))
        return set
      }
      case 'object':
        return this.#fillRecord(this.#begun({}), of, depth)
      case 'null-object':
        return this.#fillRecord(this.#begun(Object.create(null) as object), of, depth)
      case 'holey':
        return this.#reviveHoley(of, depth)
      case 'error':
        return this.#reviveError(of, depth)
      case 'ref':
        return this.#refer(of)
      default:
        return this.#begun(reviveLeaf(name, of, this.#patterns))
    }
  }

  #fillList(list: unknown[], depth: number): unknown[] {
    for (let i = 0; i < list.length; i++) {
      const part = list[i]
      if (typeof part === 'object' && part !== null) list[i] = this.revive(part, depth)
    }
    return list
  }

  #fillRecord(target: object, of: unknown, depth: number): object {
    this.#eachPair(of, depth, (key, part) => {
      if (typeof key !== 'string') throw new SyntaxError('a key that is no string')
      setOwn(target, key, part)
    })
    return target
  }

  #reviveHoley(of: unknown, depth: number): unknown[] {
    const [elements, named] = checkList(of)
    const list: unknown[] = this.#begun([])
    for (const element of checkList(elements)) {
      // Holes are told by the length alone, which grows by one like any element.
      if (isTagged(element) && element.$ === 'hole') list.length++
      else list.push(this.revive(element, depth))
    }
    this.#eachPair(named, depth, (key, part) => {
      // These would make it as long as they like.
      if (typeof key !== 'string' || key === 'length' || isIndex(key)) {
        throw new SyntaxError('not a name')
      }
      setOwn(list, key, part)
    })
    return list
  }

  #reviveError(of: unknown, depth: number): Error {
    const [className, hidden, shown] = checkList(of)
    const error = typeof className === 'string' ? makeError(className) : undefined
    if (error === undefined) throw new SyntaxError('an unknown class of errors')
    this.#begun(error)
    this.#eachPair(hidden, depth, (name, value) => {
      if (!isHiddenPart(name, value)) throw new SyntaxError('not a part of an error')
      setErrorPart(error, name, value, { enumerable: false })
    })
    this.#eachPair(shown, depth, (name, value) => {
      if (typeof name !== 'string') throw new SyntaxError('a key that is no string')
      setErrorPart(error, name, value, { enumerable: true })
    })
    return error
  }

  #refer(of: unknown): object {
    const object = typeof of === 'number' ? this.#objects?.[of] : undefined
    if (object === undefined) throw new SyntaxError('no such object so far')
    return object
  }

  #eachPair(of: unknown, depth: number, take: (key: unknown, part: unknown) => void): void {
    for (const pair of checkList(of)) {
      const [key, part] = checkList(pair)
      take(this.revive(key, depth), this.revive(part, depth))
    }
  }
}

function reviveLeaf(name: unknown, of: unknown, patterns: PatternBudget): object {
  if (typeof name !== 'string' || typeof of !== 'string') throw new SyntaxError('an unknown tag')
  if (name === 'url') {
    const url = ASCII.test(of) ? new URL(of) : undefined
    if (url?.href === of) return url
  } else if (name === 'regexp') {
    const slash = of.indexOf('/')
    if (slash !== -1 && patterns.takes(of))
      return new RegExp(of.slice(slash + 1), of.slice(0, slash))
  } else {
    const binary = makeBinary(name, Buffer.from(of, 'base64'))
    if (binary !== undefined) return binary
  }
  throw new SyntaxError('an unknown tag')
}

function isTagged(node: unknown): node is Tagged {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, TAG)
}

/** Whether `node` stands for something without parts, which is no level of nesting. */
function isLeaf(node: object): boolean {
  return isTagged(node) && !Array.isArray(node.of)
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
