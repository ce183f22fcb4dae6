import { putDigits } from './put.ts'

// Six digits tell more commands apart than are in flight.
const LAST = 999_999

// The last two of them, as the numbers that their bytes are.
const PAIRS = Int16Array.from({ length: 100 }, (_, i) => {
  const tens = Math.floor(i / 10)
  return ((0x30 + tens) << 8) | (0x30 + i - 10 * tens)
})

/** Numbers the commands to one server: 1 and up, and then from 1 again. */
export class Opaques {
  #last = 0
  /** Those that begin with the four digits that are the bytes of `#high`, from there on. */
  #hundred = LAST + 1
  #high = 0

  /** The one that was given last; 0: none was. */
  get last(): number {
    return this.#last
  }

  next(): number {
    this.#last = nextOpaque(this.#last)
    return this.#last
  }

  /** Puts the next into `block` at `at`, and returns where it ends. `view` is of the block. */
  putNext(block: Buffer, view: DataView, at: number): number {
    const opaque = this.next()
    const rest = opaque - this.#hundred
    const pair = PAIRS[rest]
    if (pair !== undefined) {
      // All but one in a hundred: to make each digit of each costs three times as much.
      view.setInt32(at, this.#high)
      view.setInt16(at + 4, pair)
      return at + 6
    }
    const end = putDigits(block, at, opaque)
    if (end - at === 6) {
      this.#hundred = opaque - (opaque % 100)
      this.#high = view.getInt32(at)
    }
    return end
  }
}

/** The one that comes so many steps after `opaque`. */
export function nextOpaque(opaque: number, steps = 1): number {
  const next = opaque + steps
  return next > LAST ? next - LAST : next
}

/** How many steps it takes from one to another. */
export function opaquesBetween(from: number, to: number): number {
  return to >= from ? to - from : to - from + LAST
}
