import type { Bytes } from '../units.ts'

/** A copy of a body on its way out, given up where it grows too large. */
export class BodyCopy {
  readonly #limit: Bytes
  #chunks: Buffer[] = []
  #bytes: Bytes = 0

  constructor(limit: Bytes) {
    this.#limit = limit
  }

  /**
   * Takes the next bytes; copies them, since their owner may write something else there once they
   * are sent. Returns `false`, and forgets everything, where they are more than the limit.
   */
  push(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limit) {
      this.#chunks = []
      return false
    }
    this.#chunks.push(Buffer.from(chunk))
    return true
  }

  /** All of it. */
  whole(): Buffer {
    const [only, ...more] = this.#chunks
    return only !== undefined && more.length === 0 ? only : Buffer.concat(this.#chunks)
  }
}
