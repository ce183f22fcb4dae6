import type { Bytes } from '../units.ts'

// As much as Node's own pool: who keeps one small value keeps so much alive at most.
const BLOCK: Bytes = 8192

/**
 * Copies values out of a chunk that will be read into again. Values that stand close together are
 * copied at once, with the lines between them, and cut from that copy: a copy of each by itself
 * costs an allocation and two calls more (`bench/clients.mjs`).
 */
export class Copies {
  #block: Buffer | undefined
  #start = 0
  #end = 0

  /** The bytes from `from` to `to`. Ask in ascending order. */
  of(chunk: Buffer, from: number, to: number): Buffer {
    if (this.#block === undefined || to > this.#end) {
      // What is larger than a block gets one that holds nothing else.
      this.#end = Math.max(to, Math.min(chunk.length, from + BLOCK))
      if (to - from > BLOCK / 2) this.#end = to
      this.#start = from
      this.#block = Buffer.allocUnsafe(this.#end - from)
      chunk.copy(this.#block, 0, from, this.#end)
    }
    return this.#block.subarray(from - this.#start, to - this.#start)
  }

  /** The next bytes come from another chunk. */
  clear(): void {
    this.#block = undefined
  }
}
