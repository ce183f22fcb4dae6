import { placeholderNonce, placeholderOf } from '../http/page-holes.ts'
import type { Hole, Part } from './content.ts'

/** Those of the number of a hole. */
const NUMBER_DIGITS = 6

/**
 * What stands for a hole while a template renders around it.
 *
 * Digits only: no escaping, no upper case and no trimming changes them. They begin with a random
 * number of this render, so no content can hold one; what is stored, and what a hit is filled in
 * with, has no placeholders but parts.
 */
export class Placeholders {
  readonly #holes: Hole[] = []
  #nonce: string | undefined

  get hasAny(): boolean {
    return this.#holes.length > 0
  }

  /** Returns the text that stands for `hole` from now on. */
  mark(hole: Hole): string {
    this.#nonce ??= placeholderNonce()
    this.#holes.push(hole)
    return placeholderOf(this.#nonce, this.#holes.length - 1)
  }

  /** Takes a rendered text apart at its placeholders. */
  split(text: string): Part[] {
    const nonce = this.#nonce
    if (nonce === undefined) return [text]
    const [first = '', ...others] = text.split(nonce)
    const parts: Part[] = [first]
    for (const other of others) {
      const hole = this.#holes[Number(other.slice(0, NUMBER_DIGITS))]
      if (hole === undefined) continue
      parts.push(hole, other.slice(NUMBER_DIGITS))
    }
    return parts.length === 1 ? parts : parts.filter((part) => part !== '')
  }
}
