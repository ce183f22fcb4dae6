import type { Bytes } from '../units.ts'
import { Copies } from './copies.ts'
import type { MetaStatus } from './reply.ts'

/** The key of a command, as it was sent. */
export interface SentKey {
  /** Holds it at `keyAt`, for as long as the command has no reply. */
  readonly sentIn: Uint8Array
  readonly keyAt: number
  /** 0: its reply names no key, or cannot be plain. */
  readonly keyLength: Bytes
}

/** Where a reply goes that says no more than it was asked for. */
export interface PlainSink {
  /** The key of the command whose reply is due, if `opaque` is that command's. */
  due(opaque: number): SentKey | undefined
  /** The reply of the command that was due: a value, its client flags and its CAS, or `NO_CAS`. */
  hit(value: Buffer, flags: number, cas: number): void
  /** The reply of the command that was due: nothing but a status. */
  status(status: MetaStatus): void
}

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const ZERO = 0x30
const NINE = 0x39
const V = 0x56
const A = 0x41
const F = 0x66
const C = 0x63
const K = 0x6b
const O = 0x4f

/** No CAS was told. */
export const NO_CAS = -1

// Nine digits are exact, and no size, opaque or flag that is usual has more.
const MAX_DIGITS = 9
// Exact as a number. A server has counted so far after 30 years of a million changes a second.
const MAX_CAS_DIGITS = 15

/**
 * Reads the replies that nearly all are, `VA <size> f<flags> O<opaque> k<key>` with its value and
 * `<status> O<opaque> k<key>`, straight from the bytes, and holds them against the command that is
 * due: no text, no object for what the line says.
 * Any other reply, a flaw, or one that is not there to its end, is left to the line decoder.
 */
export class PlainReplies {
  readonly #sink: PlainSink
  readonly #maxValueBytes: Bytes
  readonly #copies = new Copies()
  #chunk: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(sink: PlainSink, maxValueBytes: Bytes) {
    this.#sink = sink
    this.#maxValueBytes = maxValueBytes
  }

  /** Call it for each new chunk. */
  begin(): void {
    this.#copies.clear()
  }

  /** Returns where the reply at `at` ends, or `at`: nothing was taken. */
  take(chunk: Buffer, at: number): number {
    this.#chunk = chunk
    const first = chunk[at]
    const second = chunk[at + 1]
    if (chunk[at + 2] !== SPACE) return at
    if (first === V && second === A) return this.#hit(at)
    const status = statusOf(first, second)
    if (status === undefined) return at
    this.#at = at + 3
    if (!this.#endsWithDue()) return at
    const next = this.#at
    this.#sink.status(status)
    return next
  }

  #hit(start: number): number {
    const chunk = this.#chunk
    this.#at = start + 3
    const size = this.#number(MAX_DIGITS)
    if (size < 0 || size > this.#maxValueBytes || chunk[this.#at++] !== SPACE) return start
    if (chunk[this.#at++] !== F) return start
    const flags = this.#number(MAX_DIGITS)
    if (flags < 0 || chunk[this.#at++] !== SPACE) return start
    let cas = NO_CAS
    if (chunk[this.#at] === C) {
      this.#at++
      cas = this.#number(MAX_CAS_DIGITS)
      if (cas < 0 || chunk[this.#at++] !== SPACE) return start
    }
    if (!this.#endsWithDue()) return start
    const from = this.#at
    const to = from + size
    if (chunk[to] !== CR || chunk[to + 1] !== LF) return start
    this.#sink.hit(this.#copies.of(chunk, from, to), flags, cas)
    return to + 2
  }

  /** `O<opaque> k<key>` and the end of the line, all as the command that is due sent them. */
  #endsWithDue(): boolean {
    const chunk = this.#chunk
    if (chunk[this.#at++] !== O) return false
    const opaque = this.#number(MAX_DIGITS)
    if (opaque < 0 || chunk[this.#at] !== SPACE || chunk[this.#at + 1] !== K) return false
    const key = this.#sink.due(opaque)
    if (key === undefined || key.keyLength === 0) return false
    const { sentIn, keyAt, keyLength } = key
    const at = this.#at + 2
    // Bytes against bytes: to ask a text for its letters costs more, above all one that was put together.
    for (let i = 0; i < keyLength; i++) {
      if (chunk[at + i] !== sentIn[keyAt + i]) return false
    }
    const end = at + keyLength
    this.#at = end + 2
    return chunk[end] === CR && chunk[end + 1] === LF
  }

  /** -1 where there is none. */
  #number(maxDigits: number): number {
    const chunk = this.#chunk
    const start = this.#at
    let at = start
    let number = 0
    for (;;) {
      const digit = chunk[at]
      if (digit === undefined || digit < ZERO || digit > NINE) break
      number = number * 10 + (digit - ZERO)
      at++
    }
    this.#at = at
    const length = at - start
    const isPlain = length <= maxDigits && (length === 1 || chunk[start] !== ZERO)
    return length > 0 && isPlain ? number : -1
  }
}

function statusOf(first: number | undefined, second: number | undefined): MetaStatus | undefined {
  switch (((first ?? 0) << 8) | (second ?? 0)) {
    case 0x4844:
      return 'HD'
    case 0x454e:
      return 'EN'
    case 0x4e46:
      return 'NF'
    case 0x4e53:
      return 'NS'
    case 0x4558:
      return 'EX'
    default:
      return undefined
  }
}
