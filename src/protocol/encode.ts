import type { Bytes } from '../units.ts'
import type { Command, MetaCommand } from './command.ts'

// Commands gather in blocks of this size. What of a block was handed over is not written to again,
// as long as the socket may hold it.
const BLOCK: Bytes = 65_536

// Up to here a value is copied into the block, so that it leaves with the lines around it. Above,
// it leaves as its own part of a `writev`, uncopied (`bench/clients.mjs`).
const JOINED_VALUE: Bytes = 4096

// What a line holds besides its key and its flags: verb, size, CAS, opaque and blanks.
const LINE_ROOM: Bytes = 96

// Up to here a loop costs less than a call into C++, whose cost does not grow with the text: about
// 50 ns, which the loop reaches at 22 letters on Node 20.
const SHORT = 20

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const ZERO = 0x30
const O = 0x4f

/**
 * Gathers commands, so that those of one turn leave in one write. The only place that builds a
 * command line: its words are checked tokens ({@link Command}), one byte per character.
 */
export class RequestWriter {
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK)
  #start = 0
  #end = 0
  #parts: Uint8Array[] = []
  #keyAt = 0

  /**
   * Adds a command. Text commands have no opaque; of a `quiet` one the server leaves out the reply
   * that is the usual one. Source: memcached doc/protocol.txt, "q: noreply semantics".
   */
  add(command: Command, opaque: number, quiet: boolean): void {
    if ('key' in command) {
      this.#addMeta(command, opaque, quiet)
      return
    }
    this.#reserve(command.line.length)
    this.#end = putLineEnd(this.#block, putText(this.#block, this.#end, command.line))
  }

  /** Holds the key of the command that was added last, at `keyAt`. */
  get block(): Uint8Array {
    return this.#block
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

  /** Nobody holds the parts any more that were handed over. */
  rewind(): void {
    this.#start = 0
    this.#end = 0
  }

  #addMeta(command: MetaCommand, opaque: number, quiet: boolean): void {
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
    if (quiet) at = putText(block, at, ' q')
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
    this.#start = 0
    this.#end = 0
  }

  #seal(): void {
    if (this.#end === this.#start) return
    this.#parts.push(this.#block.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}

// Each puts something into `block` at `at`, and returns where it ends.

function putText(block: Buffer, at: number, text: string): number {
  const { length } = text
  if (length > SHORT) return at + block.write(text, at, 'latin1')
  for (let i = 0; i < length; i++) block[at + i] = text.charCodeAt(i)
  return at + length
}

function putDigits(block: Buffer, at: number, number: number): number {
  let end = at + 1
  for (let rest = tenth(number); rest > 0; rest = tenth(rest)) end++
  let rest = number
  for (let i = end - 1; i >= at; i--) {
    const tens = tenth(rest)
    block[i] = ZERO + rest - tens * 10
    rest = tens
  }
  return end
}

// Of 31 bits at most, so that it stays an integer's division.
function tenth(number: number): number {
  return (number / 10) | 0
}

function putLineEnd(block: Buffer, at: number): number {
  block[at] = CR
  block[at + 1] = LF
  return at + 2
}
