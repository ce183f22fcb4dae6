import { randomBytes } from 'node:crypto'
import type { Hole, Part } from './content.ts'

// 128 bits as decimal digits, and the number of the hole.
const NONCE_DIGITS = 39
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
    this.#nonce ??= BigInt(`0x${randomBytes(16).toString('hex')}`)
      .toString()
      .padStart(NONCE_DIGITS, '0')
    this.#holes.push(hole)
    return `${this.#nonce}${String(this.#holes.length - 1).padStart(NUMBER_DIGITS, '0')}`
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
