import type { Bytes } from '../units.ts'
import { emptyReply, type MetaStatus, type MutableReply } from './meta-reply.ts'
import type { PlainSink } from './plain-reply.ts'
import { isBase64 } from './read-lines.ts'
import { Digits, endOfSameKey, MAX_FLAGS } from './received.ts'

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const MINUS = 0x2d
const ONE = 0x31
const K = 0x6b
const O = 0x4f

/**
 * Reads the flags of a reply to any meta command, straight from the bytes, and holds its opaque and its
 * key against the command that is due.
 */
export class FlaggedReplies {
  readonly #sink: PlainSink
  readonly #digits = new Digits()
  /** What was read last, and where in what was sent its key ends. */
  reply: MutableReply = emptyReply('EN')
  keyEnd = 0

  constructor(sink: PlainSink) {
    this.#sink = sink
  }

  /** Returns where the line ends whose flags begin at `start`. -1: it is left to the line decoder. */
  read(status: MetaStatus, chunk: Buffer, view: DataView, start: Bytes): number {
    const reply = emptyReply(status)
    const digits = this.#digits
    this.reply = reply
    this.keyEnd = 0
    let opaque = -1
    let at = start
    for (;;) {
      const letter = chunk[at++]
      if (letter === K) {
        at = this.#endOfKey(opaque, view, at)
        if (at < 0) return -1
      } else if (letter === O) {
        at = digits.read(chunk, at)
        opaque = digits.value
      } else {
        at = readFlag(reply, letter, digits, chunk, at)
        if (at < 0) return -1
      }
      if (chunk[at] === SPACE) at++
      else break
    }
    const isWhole = this.keyEnd > 0 && chunk[at] === CR && chunk[at + 1] === LF
    return isWhole ? at + 2 : -1
  }

  #endOfKey(opaque: number, view: DataView, start: number): number {
    // In front of the key, as it is asked for.
    const due = opaque < 0 ? undefined : this.#sink.due(opaque)
    if (due === undefined || due.keyAt === 0) return -1
    const end = endOfSameKey(due.sentIn, due.keyAt, view, start)
    if (end < 0 || isBase64(due.sentIn, end)) return -1
    this.keyEnd = end
    return start + end - due.keyAt
  }
}

/** Returns where the flag ends; -1: it is none, or not as it usually is. */
function readFlag(
  reply: MutableReply,
  letter: number | undefined,
  digits: Digits,
  chunk: Buffer,
  start: number,
): number {
  switch (letter) {
    case 0x57: // W
      reply.won = true
      return start
    case 0x58: // X
      reply.stale = true
      return start
    case 0x5a: // Z
      reply.busy = true
      return start
  }
  // A time left of -1.
  if (letter === 0x74 && chunk[start] === MINUS && chunk[start + 1] === ONE) {
    reply.ttl = -1
    return start + 2
  }
  const end = digits.read(chunk, start)
  const { value } = digits
  if (value < 0) return -1
  switch (letter) {
    case 0x63: // c
      reply.cas = BigInt(value)
      return end
    case 0x66: // f
      reply.flags = value
      return value > MAX_FLAGS ? -1 : end
    case 0x68: // h
      reply.hitBefore = value === 1
      return value > 1 ? -1 : end
    case 0x6c: // l
      reply.lastAccess = value
      return end
    case 0x73: // s
      reply.size = value
      return end
    case 0x74: // t
      reply.ttl = value
      return end
  }
  return -1
}
