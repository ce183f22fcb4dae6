import { errorParts } from './error-parts.ts'
import { describe, isDense, kindOf } from './kinds.ts'
import { MAX_PROPERTIES, PatternBudget } from './patterns.ts'
import { MAX_HOLES, Trail } from './trail.ts'

/**
 * Throws {@link CacheError} `ERR_VALUE_INVALID` for what no form keeps, naming its place: functions,
 * symbols, instances of classes, and `undefined`, which is how a miss is told.
 */
export function checkValue(value: unknown): void {
  const trail = new Trail()
  if (value === undefined) throw trail.refusal(describe(value))
  new Checker(trail).check(value)
}

/** Throws the error that {@link checkValue} finds, for a walk that found only that there is one. */
export function refuseValue(value: unknown): never {
  checkValue(value)
  // As by a getter that gives something else each time.
  throw new Trail().refusal('something else each time that it is read')
}

type Parts = Iterable<readonly [step: string | number, part: unknown]>

const NO_PARTS: Parts = []

class Checker {
  readonly #trail: Trail
  readonly #seen = new Set<object>()
  readonly #patterns = new PatternBudget()

  constructor(trail: Trail) {
    this.#trail = trail
  }

  check(value: unknown): void {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw this.#trail.refusal(describe(value))
    }
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return
    this.#seen.add(value)
    const parts = this.#partsOf(value)
    if (parts === NO_PARTS) return
    this.#trail.enter()
    for (const [step, part] of parts) {
      this.#trail.at(step)
      this.check(part)
    }
    this.#trail.leave()
  }

  #partsOf(value: object): Parts {
    const kind = kindOf(value, this.#trail)
    switch (kind) {
      case 'date':
      case 'bytes':
      case 'url':
        return NO_PARTS
      case 'regexp':
        if (this.#patterns.takes((value as RegExp).source)) return NO_PARTS
        throw this.#trail.refusal(
          `a pattern with one \`\\p{…}\` too many for a value, ${MAX_PROPERTIES}`,
        )
      case 'map':
        return [...(value as Map<unknown, unknown>)].flat().entries()
      case 'set':
        return [...(value as Set<unknown>)].entries()
      case 'array':
        return this.#partsOfList(value as unknown[])
      case 'error': {
        const { hidden, shown } = errorParts(value)
        return [...hidden, ...shown]
      }
      case 'object':
      case 'null-object':
        return Object.entries(value)
      default:
        return kind satisfies never
    }
  }

  #partsOfList(list: readonly unknown[]): Parts {
    if (isDense(list)) return list.entries()
    if (list.length - Object.keys(list).length <= MAX_HOLES) return Object.entries(list)
    throw this.#trail.refusal(`an array with more than ${MAX_HOLES} holes`)
  }
}
