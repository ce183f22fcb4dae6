import type { Bytes } from '../units.ts'
import type { MetaReply } from './meta-reply.ts'
import { PlainReplies, type PlainSink } from './plain-reply.ts'
import { announcedSize, malformed, parseReply, type Reply } from './reply.ts'

const CR = 0x0d
const LF = 0x0a

// The longest lines name a key of 250 bytes, percent-encoded in a listing: under 1 KiB.
const MAX_LINE: Bytes = 2048

// Lines are cut from pieces of text of this size, so that many share one call into C++
// (`bench/clients.mjs`). Above `MAX_LINE`: a line that does not end in a fresh piece of a
// longer chunk is too long.
const WINDOW: Bytes = 4096

// From so much on, reading a value to where it belongs saves more than the call that asks where.
const DIRECT: Bytes = 16_384

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
  readonly #plain: PlainReplies | undefined
  /** The start of a line whose end has not come yet. */
  #line = ''
  /** A part of the chunk as text, and where in the chunk it starts. */
  #window = ''
  #windowAt = 0
  #reply: MetaReply | undefined
  #block: Buffer = Buffer.alloc(0)
  #filled: Bytes = 0

  /** `plain` takes the replies that need no more; whatever it leaves comes to `onReply`. */
  constructor(onReply: (reply: Reply) => void, maxValueBytes: Bytes, plain?: PlainSink) {
    this.#onReply = onReply
    this.#maxValueBytes = maxValueBytes
    this.#plain = plain === undefined ? undefined : new PlainReplies(plain, maxValueBytes)
  }

  /**
   * Takes the next bytes, up to `end`, and keeps none of them: the chunk may be read into again. Throws
   * `ERR_PROTOCOL`; the connection is of no use after that.
   */
  push(chunk: Buffer, end: number = chunk.length): void {
    this.#window = ''
    this.#windowAt = 0
    const plain = this.#plain
    plain?.begin(chunk)
    let at = 0
    while (at < end) {
      const reply = this.#reply
      if (reply !== undefined) {
        at = this.#readValue(chunk, at, end, reply)
        continue
      }
      const next = plain === undefined || this.#line !== '' ? at : plain.take(at, end)
      at = next > at ? next : this.#readLine(chunk, at, end)
    }
  }

  /**
   * Where the next bytes may be put without a detour: the rest of a large value. `undefined` while
   * there is none. Who puts some there says so to `filled`.
   */
  get room(): Buffer | undefined {
    if (this.#reply === undefined || this.#block.length - this.#filled < DIRECT) return undefined
    return this.#block.subarray(this.#filled)
  }

  /** Takes the first `bytes` of what `room` gave. */
  filled(bytes: Bytes): void {
    this.#filled += bytes
  }

  #readLine(chunk: Buffer, at: number, chunkEnd: number): number {
    let end = this.#window.indexOf('\n', at - this.#windowAt)
    if (end === -1 && this.#windowAt + this.#window.length < chunkEnd) {
      this.#window = chunk.toString('latin1', at, Math.min(at + WINDOW, chunkEnd))
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
    if (line.charCodeAt(line.length - 1) !== CR) malformed('a line feed without a carriage return')
    const whole = line.slice(0, -1)
    const reply = parseReply(whole)
    if (reply.kind === 'meta' && reply.status === 'VA')
      this.#awaitValue(reply, announcedSize(whole))
    else this.#onReply(reply)
  }

  #awaitValue(reply: MetaReply, size: Bytes): void {
    if (size > this.#maxValueBytes) {
      malformed(`a value of ${size} bytes, where ${this.#maxValueBytes} are allowed`)
    }
    this.#reply = reply
    this.#block = Buffer.allocUnsafe(size)
    this.#filled = 0
  }

  #readValue(chunk: Buffer, at: number, end: number, reply: MetaReply): number {
    const block = this.#block
    const size = block.length
    const copied = this.#filled < size ? chunk.copy(block, this.#filled, at, end) : 0
    this.#filled += copied
    let next = at + copied
    // The line end, which may come in two parts as everything else may.
    for (; this.#filled >= size && next < end; next++) {
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
