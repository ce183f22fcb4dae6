import type { Bytes } from '../units.ts'

// As much as Node's own pool: who keeps one small value keeps so much alive at most.
const BLOCK: Bytes = 8192

/** `new Slice(bytes, at, length)` is a Buffer over a part of `bytes`. */
type Slice = new (bytes: ArrayBufferLike, at: number, length: Bytes) => Buffer

// What Buffer itself makes of a part of another, but through `subarray`, which checks and rounds what it
// is given: each costs 25 ns more on Node 20 (`bench/clients.mjs`).
const { [Symbol.species]: Slice } = Buffer as unknown as { readonly [Symbol.species]: Slice }

/**
 * Copies values out of a chunk that will be read into again. Values that stand close together are
 * copied at once, with the lines between them, and cut from that copy: a copy of each by itself
 * costs an allocation and two calls more (`bench/clients.mjs`).
 */
export class Copies {
  /** The copy, and the part of the chunk that it is of. */
  #bytes: ArrayBufferLike | undefined
  #offset = 0
  #start = 0
  #end = 0

  /** The bytes from `from` to `to` of a chunk that ends at `chunkEnd`. Ask in ascending order. */
  of(chunk: Buffer, from: number, to: number, chunkEnd: number): Buffer {
    if (this.#bytes === undefined || to > this.#end) {
      // What is larger than a block gets one that holds nothing else.
      const end = to - from > BLOCK / 2 ? to : Math.max(to, Math.min(chunkEnd, from + BLOCK))
      const block = Buffer.allocUnsafe(end - from)
      chunk.copy(block, 0, from, end)
      // Asked for once: each time it is a call into C++.
      this.#bytes = block.buffer
      this.#offset = block.byteOffset
      this.#start = from
      this.#end = end
    }
    return new Slice(this.#bytes, this.#offset + from - this.#start, to - from)
  }

  /** The next bytes come from another chunk. */
  clear(): void {
    this.#bytes = undefined
  }
}
