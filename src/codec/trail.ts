import { CacheError } from '../errors.ts'

/**
 * Deeper nesting is refused when writing and a miss when reading. A value of the web is rarely ten
 * deep; the bound keeps recursion off the end of the stack, which V8 reaches at some thousands.
 */
export const MAX_DEPTH = 500

/** Each hole of an array is written, so that reading allocates no more than it reads. */
export const MAX_HOLES = 100_000

/** Where in a value a walk is, so that an error can name the place. */
export class Trail {
  readonly #steps: (string | number)[] = []
  #depth = 0

  /** Goes into an object. Throws `ERR_VALUE_INVALID` where that is too deep. */
  enter(): void {
    if (this.#depth >= MAX_DEPTH) {
      this.#steps.length = 8
      throw this.refusal(`nested more than ${MAX_DEPTH} deep`)
    }
    this.#depth++
  }

  /** Says which property or element of the innermost object is looked at. */
  at(step: string | number): void {
    this.#steps[this.#depth - 1] = step
  }

  leave(): void {
    this.#depth--
    this.#steps.length = this.#depth
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
        'bigint, boolean, null, Date, Map, Set, Error, RegExp, URL, ArrayBuffer, typed array, plain array or plain object.',
    )
  }
}
