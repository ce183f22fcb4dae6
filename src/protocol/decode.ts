import type { Bytes } from '../units.ts'
import { announcedSize, type MetaReply, malformed, parseReply, type Reply } from './reply.ts'

const CR = 0x0d
const LF = 0x0a

// The longest lines name a key of 250 bytes, percent-encoded in a listing: under 1 KiB.
const MAX_LINE: Bytes = 2048

// Lines are cut from pieces of text of this size, so that many share one call into C++
// (`bench/client.bench.mjs`). Above `MAX_LINE`: a line that does not end in a fresh piece of a
// longer chunk is too long.
const WINDOW: Bytes = 4096

/**
 * Turns received bytes into replies, however the network cut them.
 *
 * Two states, told apart by `#reply`: `undefined` while a line is read, else the reply whose value
 * is being filled. The block is sized once from the line, never above the limit, and filled in
 * place, so that a value of n bytes is copied once, whatever the number of chunks. It is never a
 * slice of a chunk, which would keep the whole chunk alive for as long as the value is.
 */
export class ReplyDecoder {
  readonly #onReply: (reply: Reply) => void
  readonly #maxValueBytes: Bytes
  /** The start of a line whose end has not come yet. */
  #line = ''
  /** A part of the chunk as text, and where in the chunk it starts. */
  #window = ''
  #windowAt = 0
  #reply: MetaReply | undefined
  #block: Buffer = Buffer.alloc(0)
  #filled: Bytes = 0

  constructor(onReply: (reply: Reply) => void, maxValueBytes: Bytes) {
    this.#onReply = onReply
    this.#maxValueBytes = maxValueBytes
  }

  /** Takes the next bytes. Throws `ERR_PROTOCOL`; the connection is of no use after that. */
  push(chunk: Buffer): void {
    this.#window = ''
    this.#windowAt = 0
    let at = 0
    while (at < chunk.length) {
      const reply = this.#reply
      at = reply === undefined ? this.#readLine(chunk, at) : this.#readValue(chunk, at, reply)
    }
  }

  #readLine(chunk: Buffer, at: number): number {
    let end = this.#window.indexOf('\n', at - this.#windowAt)
    if (end === -1 && this.#windowAt + this.#window.length < chunk.length) {
      this.#window = chunk.toString('latin1', at, at + WINDOW)
      this.#windowAt = at
      end = this.#window.indexOf('\n')
    }
    const stop = end === -1 ? this.#window.length : end
    const part = this.#window.slice(at - this.#windowAt, stop)
    const line = this.#line === '' ? part : this.#line + part
    if (line.length > MAX_LINE) malformed('an endless line')
    if (end === -1) {
      this.#line = line
      return this.#windowAt + stop
    }
    this.#line = ''
    this.#takeLine(line)
    return this.#windowAt + end + 1
  }

  #takeLine(line: string): void {
    // A key listing is the one answer whose lines end in a bare line feed (1.6.18).
    const whole = line.charCodeAt(line.length - 1) === CR ? line.slice(0, -1) : undefined
    if (whole === undefined && !line.startsWith('key=')) {
      malformed('a line feed without a carriage return')
    }
    const reply = parseReply(whole ?? line)
    if (reply.kind === 'meta' && reply.status === 'VA') {
      this.#awaitValue(reply, announcedSize(whole ?? line))
    } else {
      this.#onReply(reply)
    }
  }

  #awaitValue(reply: MetaReply, size: Bytes): void {
    if (size > this.#maxValueBytes) {
      malformed(`a value of ${size} bytes, where ${this.#maxValueBytes} are allowed`)
    }
    this.#reply = reply
    this.#block = Buffer.allocUnsafe(size)
    this.#filled = 0
  }

  #readValue(chunk: Buffer, at: number, reply: MetaReply): number {
    const block = this.#block
    const size = block.length
    const copied = this.#filled < size ? chunk.copy(block, this.#filled, at) : 0
    this.#filled += copied
    let next = at + copied
    // The line end, which may come in two parts as everything else may.
    for (; this.#filled >= size && next < chunk.length; next++) {
      if (chunk[next] !== (this.#filled === size ? CR : LF)) malformed('a value of another length')
      this.#filled++
      if (this.#filled === size + 2) {
        this.#reply = undefined
        reply.value = block
        this.#onReply(reply)
        return next + 1
      }
    }
    return next
  }
}
