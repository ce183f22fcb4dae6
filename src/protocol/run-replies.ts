import type { Bytes } from '../units.ts'
import type { Copies } from './copies.ts'
import { nextOpaque } from './opaques.ts'
import type { SentKey } from './plain-reply.ts'
import { isBase64, nextKeyAt } from './read-lines.ts'
import { hasBlank, MAX_DIGITS, MAX_FLAGS, NO_CAS, WORD } from './received.ts'

/** Reads that were sent line behind line, from the first on that has no reply yet. */
export interface SentReads extends SentKey {
  readonly opaque: number
  /** What lies between two keys in what was sent, but for the digits of the opaque. */
  readonly gap: Bytes
  /** How many there are. */
  readonly left: number
  /** The reply of the next: a value, its client flags and its CAS, or `NO_CAS`. */
  hit(value: Buffer, flags: number, cas: number): void
}

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const ZERO = 0x30
const A = 0x41
const C = 0x63
const F = 0x66
const K = 0x6b
const O = 0x4f
const V = 0x56

/**
 * Reads the hits of a run of reads, reply behind reply, as `PlainReplies` reads one of any command. It
 * calls nothing that it need not, and looks at no queue in between: that is a fifth of what it costs to read one
 * (`bench/clients.mjs`). It stops in front of the first reply that is not the next read's.
 */
export class RunReplies {
  readonly #maxValueBytes: Bytes
  readonly #copies: Copies
  /** How many were taken, and where in what was sent the key of the next begins. */
  count = 0
  keyAt = 0

  constructor(maxValueBytes: Bytes, copies: Copies) {
    this.#maxValueBytes = maxValueBytes
    this.#copies = copies
  }

  /** Returns where the last of them ends. `view` is of the chunk. */
  take(reads: SentReads, chunk: Buffer, view: DataView, start: number, end: number): number {
    const { sentIn, gap, left } = reads
    const maxValueBytes = this.#maxValueBytes
    const copies = this.#copies
    const lastWord = view.byteLength - WORD
    let { opaque, keyAt } = reads
    let done = start
    let count = 0
    for (; count < left; count++) {
      let at = done
      if (chunk[at] !== V || chunk[at + 1] !== A || chunk[at + 2] !== SPACE) break
      at += 3

      const sizeAt = at
      let size = 0
      for (let d = digitAt(chunk, at); d >= 0 && d <= 9; d = digitAt(chunk, ++at))
        size = size * 10 + d
      if (!isPlain(chunk, sizeAt, at) || size > maxValueBytes) break
      if (chunk[at] !== SPACE || chunk[at + 1] !== F) break
      at += 2

      const flagsAt = at
      let flags = 0
      for (let d = digitAt(chunk, at); d >= 0 && d <= 9; d = digitAt(chunk, ++at))
        flags = flags * 10 + d
      if (!isPlain(chunk, flagsAt, at) || flags > MAX_FLAGS) break
      if (chunk[at] !== SPACE) break

      let cas = NO_CAS
      if (chunk[at + 1] === C) {
        at += 2
        const casAt = at
        cas = 0
        for (let d = digitAt(chunk, at); d >= 0 && d <= 9; d = digitAt(chunk, ++at))
          cas = cas * 10 + d
        if (!isPlain(chunk, casAt, at) || chunk[at] !== SPACE) break
      }
      if (chunk[at + 1] !== O) break
      at += 2

      const opaqueAt = at
      let number = 0
      for (let d = digitAt(chunk, at); d >= 0 && d <= 9; d = digitAt(chunk, ++at))
        number = number * 10 + d
      if (!isPlain(chunk, opaqueAt, at) || number !== opaque) break
      if (chunk[at] !== SPACE || chunk[at + 1] !== K) break
      at += 2

      let keyEnd = keyAt
      while (at <= lastWord) {
        const word = sentIn.getInt32(keyEnd)
        if (word !== view.getInt32(at) || hasBlank(word)) break
        keyEnd += WORD
        at += WORD
      }
      let byte = sentIn.getUint8(keyEnd)
      while (byte !== SPACE && byte === chunk[at]) {
        byte = sentIn.getUint8(++keyEnd)
        at++
      }
      if (byte !== SPACE || isBase64(sentIn, keyEnd)) break
      if (chunk[at] !== CR || chunk[at + 1] !== LF) break

      const from = at + 2
      const to = from + size
      if (to + 2 > end || chunk[to] !== CR || chunk[to + 1] !== LF) break
      reads.hit(copies.of(chunk, from, to, end), flags, cas)
      keyAt = nextKeyAt(keyEnd, opaque, gap)
      opaque = nextOpaque(opaque)
      done = to + 2
    }
    this.count = count
    this.keyAt = keyAt
    return done
  }
}

/** Not from 0 to 9 where there is no digit. */
function digitAt(chunk: Buffer, at: number): number {
  return (chunk[at] as number) - ZERO
}

/** Whether what stands there is a number as a server writes it. */
function isPlain(chunk: Buffer, start: number, end: number): boolean {
  const length = end - start
  return length > 0 && length <= MAX_DIGITS && (length === 1 || chunk[start] !== ZERO)
}
