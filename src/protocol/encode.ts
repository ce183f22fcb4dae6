import type { Bytes } from '../units.ts'
import type { Command, MetaCommand } from './command.ts'
import { putDigits, putLineEnd, putText } from './put.ts'

// Commands gather in blocks of this size. What of a block was handed over is not written to again,
// as long as the socket may hold it.
const BLOCK: Bytes = 65_536

// Up to here a value is copied into the block, so that it leaves with the lines around it. Above,
// it leaves as its own part of a `writev`, uncopied (`bench/clients.mjs`).
const JOINED_VALUE: Bytes = 4096

// What a line holds besides its key and its flags: verb, size, CAS, opaque and blanks.
const LINE_ROOM: Bytes = 96

const LF = 0x0a
const SPACE = 0x20
const O = 0x4f

// Up to here a loop copies for less than a call does.
const SHORT: Bytes = 64

/**
 * Gathers commands, so that those of one turn leave in one write. The only place that builds a
 * command line: its words are checked tokens ({@link Command}), one byte per character.
 */
export class RequestWriter {
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK)
  #view = new DataView(this.#block.buffer)
  #start = 0
  #end = 0
  #parts: Uint8Array[] = []
  #keyAt = 0

  /** Adds a command. Text commands have no opaque. */
  add(command: Command, opaque: number): void {
    if ('key' in command) {
      this.#addMeta(command, opaque)
      return
    }
    this.#reserve(command.line.length)
    this.#end = putLineEnd(this.#block, putText(this.#block, this.#end, command.line))
  }

  /** Adds a copy of whole lines, and returns where in the block they begin. */
  addLines(lines: Buffer, from: number, to: number): number {
    this.#reserve(to - from)
    const at = this.#end
    const block = this.#block
    if (to - from > SHORT) lines.copy(block, at, from, to)
    else for (let i = from; i < to; i++) block[at + i - from] = lines[i] as number
    this.#end += to - from
    return at
  }

  /** Holds the key of the command that was added last, at `keyAt`. */
  get sentIn(): DataView {
    return this.#view
  }

  get keyAt(): number {
    return this.#keyAt
  }

  /** Hands over the batch, in order, and starts a new one. */
  take(): readonly Uint8Array[] {
    this.#seal()
    const parts = this.#parts
    this.#parts = []
    return parts
  }

  /** Hands over all but the last line, which must be no value. */
  takeButLast(): readonly Uint8Array[] {
    const end = this.#end
    if (end > this.#start) {
      // In front of its own line end.
      const before = this.#block.lastIndexOf(LF, end - 2)
      this.#end = Math.max(this.#start, before + 1)
    }
    const parts = this.take()
    this.#end = end
    return parts
  }

  /** Nobody holds the parts any more that were handed over. */
  rewind(): void {
    this.#start = 0
    this.#end = 0
  }

  #addMeta(command: MetaCommand, opaque: number): void {
    const { verb, key, flags, value, compareCas } = command
    this.#reserve(key.token.length + flags.length)
    const block = this.#block
    let at = putText(block, this.#end, verb)
    block[at++] = SPACE
    this.#keyAt = at
    at = putText(block, at, key.token)
    if (value !== undefined) {
      block[at++] = SPACE
      at = putDigits(block, at, value.length)
    }
    if (key.base64) at = putText(block, at, ' b')
    at = putText(block, at, flags)
    if (compareCas !== undefined) at = putText(block, at, ` C${compareCas.value}`)
    block[at++] = SPACE
    block[at++] = O
    at = putDigits(block, at, opaque)
    // Not of a base64 key: 1.6.18 forgets that a key is one when it makes the item itself (`N`, `J`),
    // or anew (`MA`, a longer number), and then answers with its raw bytes, a line end among them.
    if (!key.base64) at = putText(block, at, ' k')
    this.#end = putLineEnd(block, at)
    if (value !== undefined) this.#addValue(value)
  }

  #addValue(value: Uint8Array): void {
    if (value.length <= JOINED_VALUE) {
      this.#reserve(value.length)
      this.#block.set(value, this.#end)
      this.#end += value.length
    } else {
      this.#seal()
      this.#parts.push(value)
      this.#reserve(0)
    }
    this.#end = putLineEnd(this.#block, this.#end)
  }

  #reserve(bytes: Bytes): void {
    if (this.#block.length - this.#end >= bytes + LINE_ROOM) return
    this.#seal()
    this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK, bytes + LINE_ROOM))
    this.#view = new DataView(this.#block.buffer)
    this.#start = 0
    this.#end = 0
  }

  #seal(): void {
    if (this.#end === this.#start) return
    this.#parts.push(this.#block.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}
