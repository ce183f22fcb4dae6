import { CacheError } from '../errors.ts'

/**
 * Deeper nesting is refused when writing and a miss when reading. A value of the web is rarely ten
 * deep; the bound keeps recursion off the end of the stack, which V8 reaches at some thousands.
 */
export const MAX_DEPTH = 500

/** Where in a value a walk is, so that an error can name the place. */
export class Trail {
  readonly #within: object[] = []
  readonly #steps: (string | number)[] = []

  /** Goes into `object`. Throws `ERR_VALUE_INVALID` for a cycle, which is noticed by its depth. */
  enter(object: object): void {
    if (this.#within.length >= MAX_DEPTH) {
      const isCycle = new Set(this.#within).size < this.#within.length
      this.#steps.length = isCycle ? this.#firstRepeat() : 8
      const what = isCycle ? 'an object that contains itself' : `nested more than ${MAX_DEPTH} deep`
      throw this.refusal(what)
    }
    this.#within.push(object)
  }

  /** Says which property or element of the innermost object is looked at. */
  at(step: string | number): void {
    this.#steps[this.#within.length - 1] = step
  }

  leave(): void {
    this.#within.pop()
    this.#steps.length = this.#within.length
  }

  /** The error for what no form can keep. It names the place and the kind, never the value. */
  refusal(what: string): CacheError {
    const path = this.#steps.map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[\w$]+$/.test(step)
          ? `.${step}`
          : `[${JSON.stringify(step)}]`,
    )
    return new CacheError(
      'ERR_VALUE_INVALID',
      `The value${path.length === 0 ? '' : ` at \`value${path.join('')}\``} is ${what}: it must be a string, number, ` +
        'bigint, boolean, null, Date, Map, Set, ArrayBuffer, typed array, plain array or plain object.',
    )
  }

  #firstRepeat(): number {
    const seen = new Set<object>()
    for (const [depth, object] of this.#within.entries()) {
      if (seen.has(object)) return depth
      seen.add(object)
    }
    return this.#within.length
  }
}
