import type { Bytes } from '../units.ts'
import { announcedSize, type MetaReply, malformed, parseReply, type Reply } from './reply.ts'

const CR = 0x0d
const LF = 0x0a

// The longest lines name a key of 250 bytes, percent-encoded in a listing: under 1 KiB.
const MAX_LINE: Bytes = 2048

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
  #line = ''
  #reply: MetaReply | undefined
  #block: Buffer = Buffer.alloc(0)
  #filled: Bytes = 0

  constructor(onReply: (reply: Reply) => void, maxValueBytes: Bytes) {
    this.#onReply = onReply
    this.#maxValueBytes = maxValueBytes
  }

  /** Takes the next bytes. Throws `ERR_PROTOCOL`; the connection is of no use after that. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      const reply = this.#reply
      at = reply === undefined ? this.#readLine(chunk, at) : this.#readValue(chunk, at, reply)
    }
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at)
    const stop = end === -1 ? chunk.length : end
    if (this.#line.length + stop - at > MAX_LINE) malformed('an endless line')
    const part = chunk.toString('latin1', at, stop)
    const line = this.#line === '' ? part : this.#line + part
    if (end === -1) {
      this.#line = line
      return stop
    }
    this.#line = ''
    this.#takeLine(line)
    return end + 1
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
    this.#block = Buffer.allocUnsafe(size + 2)
    this.#filled = 0
  }

  #readValue(chunk: Buffer, at: number, reply: MetaReply): number {
    const block = this.#block
    const copied = chunk.copy(block, this.#filled, at)
    this.#filled += copied
    if (this.#filled === block.length) {
      const size = block.length - 2
      if (block[size] !== CR || block[size + 1] !== LF) malformed('a value of another length')
      this.#reply = undefined
      reply.value = block.subarray(0, size)
      this.#onReply(reply)
    }
    return at + copied
  }
}
