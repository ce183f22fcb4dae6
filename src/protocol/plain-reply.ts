import type { Bytes } from '../units.ts'
import { Copies } from './copies.ts'
import { FlaggedReplies } from './flagged-replies.ts'
import type { MetaReply, MetaStatus } from './meta-reply.ts'
import { isBase64 } from './read-lines.ts'
import { Digits, endOfSameKey, MAX_FLAGS, NO_CAS } from './received.ts'
import { RunReplies, type SentReads } from './run-replies.ts'

/** A command's key, as it was sent. */
export interface SentKey {
  /** Holds it at `keyAt`, with a blank behind it, for as long as the command has no reply. */
  readonly sentIn: DataView
  /** 0: its reply cannot be plain. */
  readonly keyAt: number
}

/** The {@link SentKey.sentIn} of a command that was not sent. */
export const UNSENT: DataView = new DataView(new ArrayBuffer(0))

/** Where a reply goes that says no more than it was asked for. */
export interface PlainSink {
  /** Where many reads are due: these. */
  readonly reads: SentReads | undefined
  /** So many of them had their reply; the key of the next is at `keyAt`. */
  taken(count: number, keyAt: number): void
  /** The key of the command whose reply is due, if `opaque` is that command's. */
  due(opaque: number): SentKey | undefined
  /**
   * The reply of the command that was due: a value, its client flags and its CAS, or `NO_CAS`. `keyEnd`
   * is where the key ends in what was sent.
   */
  hit(value: Buffer, flags: number, cas: number, keyEnd: number): void
  /** The reply of the command that was due: nothing but a status. */
  status(status: MetaStatus, keyEnd: number): void
  /** The reply of the command that was due, whatever it says. */
  reply(reply: MetaReply, keyEnd: number): void
  /** The reply to `mn`. */
  noop(): void
}

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const A = 0x41
const F = 0x66
const C = 0x63
const K = 0x6b
const M = 0x4d
const N = 0x4e
const O = 0x4f
const V = 0x56

/**
 * Reads the replies of meta commands straight from the bytes, and holds them against the command that is
 * due: without a text, and where they say no more than nearly all of them, `VA <size> f<flags> O<opaque> k<key>` with its value and
 * `<status> O<opaque> k<key>`, without an object for it.
 * Any other reply, a flaw, or one that is not there to its end, is left to the line decoder.
 */
export class PlainReplies {
  readonly #sink: PlainSink
  readonly #maxValueBytes: Bytes
  readonly #copies = new Copies()
  readonly #run: RunReplies
  readonly #flagged: FlaggedReplies
  readonly #digits = new Digits()
  #chunk: Buffer = Buffer.alloc(0)
  /** Of the chunk. */
  #view: DataView = UNSENT
  /** Where the key of the command that is due ends in what was sent. */
  #keyEnd = 0

  constructor(sink: PlainSink, maxValueBytes: Bytes) {
    this.#sink = sink
    this.#maxValueBytes = maxValueBytes
    this.#run = new RunReplies(maxValueBytes, this.#copies)
    this.#flagged = new FlaggedReplies(sink)
  }

  /** Call it for each new chunk, or for each time that one was filled anew. */
  begin(chunk: Buffer): void {
    this.#copies.clear()
    if (chunk === this.#chunk) return
    this.#chunk = chunk
    this.#view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
  }

  /**
   * Returns where the reply at `at` ends, or the last of several; `at`: nothing was taken. The chunk
   * ends at `end`; what lies behind it may be looked at, but nothing follows from it.
   */
  take(at: number, end: number): number {
    const chunk = this.#chunk
    const { reads } = this.#sink
    if (reads !== undefined) {
      const next = this.#run.take(reads, chunk, this.#view, at, end)
      if (next > at) {
        this.#sink.taken(this.#run.count, this.#run.keyAt)
        return next
      }
    }
    const first = chunk[at]
    const second = chunk[at + 1]
    if (chunk[at + 2] !== SPACE) return this.#noop(chunk, at, end)
    if (first === V && second === A) return this.#hit(chunk, at, end)
    const status = statusOf(first, second)
    if (status === undefined) return at
    const next = this.#endOfDue(chunk, at + 3)
    if (next < 0) return this.#flaggedStatus(status, at, end)
    if (next > end) return at
    this.#sink.status(status, this.#keyEnd)
    return next
  }

  #flaggedStatus(status: MetaStatus, at: number, end: number): number {
    const next = this.#flagged.read(status, this.#chunk, this.#view, at + 3)
    if (next < 0 || next > end) return at
    this.#sink.reply(this.#flagged.reply, this.#flagged.keyEnd)
    return next
  }

  #hit(chunk: Buffer, start: number, end: number): number {
    let at = this.#digits.read(chunk, start + 3)
    const size = this.#digits.value
    if (size < 0 || size > this.#maxValueBytes) return start
    if (chunk[at] !== SPACE) return start
    const flagsAt = at + 1
    if (chunk[flagsAt] !== F) return this.#flaggedHit(size, start, flagsAt, end)
    at = this.#digits.read(chunk, flagsAt + 1)
    const flags = this.#digits.value
    if (flags < 0 || flags > MAX_FLAGS || chunk[at] !== SPACE) return start
    let cas = NO_CAS
    if (chunk[at + 1] === C) {
      at = this.#digits.read(chunk, at + 2)
      cas = this.#digits.value
      if (cas < 0 || chunk[at] !== SPACE) return start
    }
    const from = chunk[at + 1] === O ? this.#endOfDue(chunk, at + 1) : -1
    if (from < 0) return this.#flaggedHit(size, start, flagsAt, end)
    const value = this.#valueAt(from, size, end)
    if (value === undefined) return start
    this.#sink.hit(value, flags, cas, this.#keyEnd)
    return from + size + 2
  }

  #flaggedHit(size: Bytes, start: number, flagsAt: number, end: number): number {
    const from = this.#flagged.read('VA', this.#chunk, this.#view, flagsAt)
    const value = from < 0 ? undefined : this.#valueAt(from, size, end)
    if (value === undefined) return start
    const { reply, keyEnd } = this.#flagged
    reply.value = value
    this.#sink.reply(reply, keyEnd)
    return from + size + 2
  }

  #valueAt(from: number, size: Bytes, end: number): Buffer | undefined {
    const chunk = this.#chunk
    const to = from + size
    if (to + 2 > end || chunk[to] !== CR || chunk[to + 1] !== LF) return undefined
    return this.#copies.of(chunk, from, to, end)
  }

  #noop(chunk: Buffer, at: number, end: number): number {
    if (chunk[at] !== M || chunk[at + 1] !== N) return at
    if (at + 4 > end || chunk[at + 2] !== CR || chunk[at + 3] !== LF) return at
    this.#sink.noop()
    return at + 4
  }

  /**
   * Where a line ends that goes on with `O<opaque> k<key>`, as the command that is due was sent; below
   * 0: it does not.
   */
  #endOfDue(chunk: Buffer, start: number): number {
    if (chunk[start] !== O) return -1
    const at = this.#digits.read(chunk, start + 1)
    const opaque = this.#digits.value
    if (opaque < 0 || chunk[at] !== SPACE || chunk[at + 1] !== K) return -1
    const due = this.#sink.due(opaque)
    if (due === undefined || due.keyAt === 0) return -1
    const { sentIn, keyAt } = due
    const keyEnd = endOfSameKey(sentIn, keyAt, this.#view, at + 2)
    if (keyEnd < 0 || isBase64(sentIn, keyEnd)) return -1
    const end = at + 2 + keyEnd - keyAt
    if (chunk[end] !== CR || chunk[end + 1] !== LF) return -1
    this.#keyEnd = keyEnd
    return end + 2
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
