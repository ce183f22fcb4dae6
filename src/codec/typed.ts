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
 * | `regexp` | the flags, `/`, the source |
 * | `url` | the URL |
 * | `error` | the class; pairs of what is not enumerable: message, name, stack, cause, errors; pairs of what is |
 * | `Buffer`, `ArrayBuffer`, `Uint8Array`, … | the bytes in base64, numbers little-endian |
 * | `holey` | the elements; pairs of named properties: an array that has either holes or names |
 * | `hole` | –: a hole in such an array |
 * | `object`, `null-object` | pairs: an object that has the key `$`, or no prototype |
 * | `refs` | all of it, around a value in which an object is met again |
 * | `ref` | the number of that object: they count from 0, in the order in which they begin |
 *
 * @module
 */

import { type Binary, binaryName, bytesOf } from './binary.ts'
import { errorParts } from './error-parts.ts'
import { isDense, isIndex, knownKind, type ObjectKind } from './kinds.ts'
import { PatternBudget } from './patterns.ts'
import { MAX_DEPTH, MAX_HOLES } from './trail.ts'

/** The key that tells what stands for something else. */
export const TAG = '$'

/** What stands for what plain JSON loses. */
export interface Tagged {
  readonly $: string
  readonly of?: unknown
}

/** What is thrown for a value that no form keeps: what is wrong with it, another walk finds. */
export const UNFIT: unique symbol = Symbol('unfit')

/** Returns what `JSON.stringify` turns into the typed form, or throws {@link UNFIT}. */
export function tag(value: unknown): unknown {
  const tagger = new Tagger()
  const node = tagger.tag(value, 0)
  return tagger.hasRefs ? ({ $: 'refs', of: node } satisfies Tagged) : node
}

/** A number that must not look like one: as plain digits the server would count it up. */
export function tagNumber(value: number): Tagged {
  return { $: 'number', of: Object.is(value, -0) ? '-0' : `${value}` }
}

class Tagger {
  hasRefs = false
  readonly #numbers = new Map<object, number>()
  readonly #patterns = new PatternBudget()

  tag(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : tagNumber(value)
      case 'bigint':
        return { $: 'bigint', of: value.toString(16) } satisfies Tagged
      case 'undefined':
        return { $: 'undefined' } satisfies Tagged
      case 'object':
        return value === null ? null : this.#tagObject(value, depth)
      default:
        throw UNFIT
    }
  }

  #tagObject(value: object, depth: number): unknown {
    const number = this.#numbers.get(value)
    if (number !== undefined) {
      this.hasRefs = true
      return { $: 'ref', of: number } satisfies Tagged
    }
    this.#numbers.set(value, this.#numbers.size)
    const kind = knownKind(value)
    switch (kind) {
      case undefined:
        throw UNFIT
      case 'date': {
        const time = (value as Date).getTime()
        return { $: kind, of: Number.isNaN(time) ? null : time } satisfies Tagged
      }
      case 'bytes': {
        const bytes = value as Binary
        return {
          $: binaryName(bytes) ?? '',
          of: bytesOf(bytes).toString('base64'),
        } satisfies Tagged
      }
      case 'regexp': {
        const { flags, source } = value as RegExp
        if (!this.#patterns.takes(source)) throw UNFIT
        return { $: kind, of: `${flags}/${source}` } satisfies Tagged
      }
      case 'url':
        return { $: kind, of: (value as URL).href } satisfies Tagged
      default:
        if (depth >= MAX_DEPTH) throw UNFIT
        return this.#tagParts(value, kind, depth + 1)
    }
  }

  #tagParts(
    value: object,
    kind: Exclude<ObjectKind, 'date' | 'bytes' | 'regexp' | 'url'>,
    depth: number,
  ): unknown {
    switch (kind) {
      case 'map':
        return {
          $: kind,
          of: this.#tagPairs(value as Map<unknown, unknown>, depth),
        } satisfies Tagged
      case 'set':
        return { $: kind, of: this.#tagList([...(value as Set<unknown>)], depth) } satisfies Tagged
      case 'array': {
        const list = value as unknown[]
        return isDense(list) ? this.#tagList(list, depth) : this.#tagHoley(list, depth)
      }
      case 'error': {
        const { className, hidden, shown } = errorParts(value)
        const of = [className, this.#tagPairs(hidden, depth), this.#tagPairs(shown, depth)]
        return { $: kind, of } satisfies Tagged
      }
      case 'object':
        if (!Object.hasOwn(value, TAG)) return this.#tagRecord(value, depth)
        break
      case 'null-object':
        break
      default:
        kind satisfies never
    }
    return { $: kind, of: this.#tagPairs(Object.entries(value), depth) } satisfies Tagged
  }

  #tagRecord(record: object, depth: number): object {
    // A spread takes the shape over as a whole, several times faster than key by key.
    const tagged = { ...record } as Record<string, unknown>
    for (const key in tagged) {
      const part = tagged[key]
      // What is not its own is inherited from a polluted prototype.
      if (typeof part === 'string' || !Object.hasOwn(tagged, key)) continue
      const node = this.tag(part, depth)
      // Its own `__proto__` is set like any other.
      if (node !== part) tagged[key] = node
    }
    return tagged
  }

  #tagList(list: readonly unknown[], depth: number): unknown[] {
    const tagged: unknown[] = []
    for (const part of list) tagged.push(this.tag(part, depth))
    return tagged
  }

  #tagPairs(pairs: Iterable<readonly [unknown, unknown]>, depth: number): unknown[] {
    const tagged: unknown[] = []
    for (const [key, part] of pairs) tagged.push([this.tag(key, depth), this.tag(part, depth)])
    return tagged
  }

  // Each hole is written: a length alone would let a few bytes make a reader allocate for millions.
  #tagHoley(list: readonly unknown[], depth: number): Tagged {
    const pairs = Object.entries(list)
    const named = pairs.filter(([key]) => !isIndex(key))
    if (list.length - (pairs.length - named.length) > MAX_HOLES) throw UNFIT
    const elements: unknown[] = []
    for (let i = 0; i < list.length; i++) {
      elements.push(i in list ? this.tag(list[i], depth) : ({ $: 'hole' } satisfies Tagged))
    }
    return { $: 'holey', of: [elements, this.#tagPairs(named, depth)] }
  }
}
