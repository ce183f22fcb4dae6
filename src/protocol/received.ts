import type { Bytes } from '../units.ts'

// What is read from received bytes in place, without a text.

const SPACE = 0x20
const ZERO = 0x30

/** Fifteen digits are exact. */
export const MAX_DIGITS = 15

/** No CAS was told. */
export const NO_CAS = -1

/** Servers built for 64-bit client flags may hold more. */
export const MAX_FLAGS = 0xffff_ffff

/** As many bytes as are compared at once. */
export const WORD: Bytes = 4

/** Reads numbers as a server writes them. */
export class Digits {
  /** The number that was read last; below 0: there was none. */
  value = -1

  /** Reads the number at `start`, and returns where it ends. */
  read(chunk: Buffer, start: number): number {
    let at = start
    let number = 0
    for (;;) {
      const digit = (chunk[at] as number) - ZERO
      // Of what is no number the comparison is false, too.
      if (!(digit >= 0 && digit <= 9)) break
      number = number * 10 + digit
      at++
    }
    const length = at - start
    const isPlain = length > 0 && length <= MAX_DIGITS && (length === 1 || chunk[start] !== ZERO)
    this.value = isPlain ? number : -1
    return at
  }
}

/**
 * Whether a key that was sent at `keyAt`, with a blank behind it, stands at `start` in `received`. Returns
 * where it ends in what was sent; -1: it does not.
 *
 * Bytes against bytes, four at a time: to ask a text for its letters costs more, above all one that
 * was put together, and one byte after the other three times as much (`bench/clients.mjs`).
 */
export function endOfSameKey(
  sentIn: DataView,
  keyAt: number,
  received: DataView,
  start: number,
): number {
  const end = received.byteLength
  let sent = keyAt
  let at = start
  while (at <= end - WORD) {
    const word = sentIn.getInt32(sent)
    if (word !== received.getInt32(at) || hasBlank(word)) break
    sent += WORD
    at += WORD
  }
  for (let byte = sentIn.getUint8(sent); byte !== SPACE; byte = sentIn.getUint8(++sent)) {
    if (at >= end || received.getUint8(at++) !== byte) return -1
  }
  return sent
}

/** Whether one of four bytes is a blank. */
export function hasBlank(word: number): boolean {
  // Where one is, a byte of 0 is left.
  const others = word ^ 0x2020_2020
  return ((others - 0x0101_0101) & ~others & 0x8080_8080) !== 0
}
