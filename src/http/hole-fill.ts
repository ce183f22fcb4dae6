import type { Bytes } from '../units.ts'
import {
  type HoleCall,
  type HolePlace,
  NONCE_BYTES,
  PLACEHOLDER_BYTES,
  type StoredHoles,
} from './page-holes.ts'

/** A stretch of a body on its way out: bytes, or what a hole gives. */
export type Piece = Buffer | Promise<Buffer>

export interface HoleFillOptions {
  /** Of a larger body nothing is kept. */
  readonly keepBytes: Bytes
  /** How long the handler said that its bytes are, with the placeholders. */
  readonly promised: readonly string[]
}

/** As many digits of a nonce at the end of a body are no accident. */
const CUT_DIGITS = 16

/**
 * Puts the holes of one answer in the place of their placeholders, however its body was cut into
 * chunks, and keeps what is to be stored: the body without them, and where they are.
 *
 * Holds back less than one placeholder. What begins as one and is none was cut by somebody, such as
 * a filter that shortens texts: it is left out, and the page is not stored.
 */
export class HoleFill {
  readonly #nonce: string
  readonly #calls: readonly HoleCall[]
  readonly #texts: readonly Promise<Buffer>[]
  readonly #keepBytes: Bytes
  readonly #promised: readonly string[]
  readonly #places: HolePlace[] = []
  #kept: Buffer[] | undefined = []
  #keptBytes: Bytes = 0
  #tail: Buffer = Buffer.alloc(0)
  #isBroken = false
  #receivedBytes: Bytes = 0

  constructor(
    nonce: string,
    calls: readonly HoleCall[],
    texts: readonly Promise<Buffer>[],
    { keepBytes, promised }: HoleFillOptions,
  ) {
    this.#nonce = nonce
    this.#calls = calls
    this.#texts = texts
    this.#keepBytes = keepBytes
    this.#promised = promised
  }

  /** Takes the next bytes, which are copied, and gives what may be sent. */
  push(chunk: Uint8Array): Piece[] {
    this.#receivedBytes += chunk.length
    const data = Buffer.concat([this.#tail, chunk])
    const pieces: Piece[] = []
    let from = 0
    for (;;) {
      const at = data.indexOf(this.#nonce, from, 'latin1')
      if (at === -1) break
      this.#text(data.subarray(from, at), pieces)
      if (at + PLACEHOLDER_BYTES > data.length) {
        this.#tail = data.subarray(at)
        return pieces
      }
      const number = data.toString('latin1', at + NONCE_BYTES, at + PLACEHOLDER_BYTES)
      const isWhole = this.#hole(number, pieces)
      from = at + (isWhole ? PLACEHOLDER_BYTES : NONCE_BYTES)
    }
    const end = this.#beginsAt(data, from)
    this.#text(data.subarray(from, end), pieces)
    this.#tail = data.subarray(end)
    return pieces
  }

  /** The body has ended. */
  end(): Piece[] {
    const pieces: Piece[] = []
    if (this.#tail.length >= CUT_DIGITS) this.#isBroken = true
    else this.#text(this.#tail, pieces)
    this.#tail = Buffer.alloc(0)
    return pieces
  }

  /** What is to be stored. */
  body(): Buffer {
    return Buffer.concat(this.#kept ?? [])
  }

  get isTooLarge(): boolean {
    return this.#kept === undefined
  }

  /** Why the page must not be stored; `undefined`: nothing speaks against it. */
  get refusal(): string | undefined {
    if (this.#promised.some((text) => Number(text) !== this.#receivedBytes)) return 'content-length'
    return this.stored() === undefined ? 'hole' : undefined
  }

  /** `undefined`: a placeholder is not where it should be, and nobody knows what became of it. */
  stored(): StoredHoles | undefined {
    const placed = new Set(this.#places.map(([, call]) => call))
    if (this.#isBroken || placed.size < this.#calls.length) return undefined
    return { calls: this.#calls, places: this.#places }
  }

  #text(bytes: Buffer, pieces: Piece[]): void {
    if (bytes.length === 0) return
    pieces.push(bytes)
    this.#keptBytes += bytes.length
    if (this.#keptBytes > this.#keepBytes) this.#kept = undefined
    this.#kept?.push(bytes)
  }

  #hole(number: string, pieces: Piece[]): boolean {
    const text = /^\d+$/.test(number) ? this.#texts[Number(number)] : undefined
    if (text === undefined) {
      this.#isBroken = true
      return false
    }
    this.#places.push([this.#keptBytes, Number(number)])
    pieces.push(text)
    return true
  }

  /** Where a nonce begins whose rest may be in the next chunk. */
  #beginsAt(data: Buffer, from: number): number {
    const first = Math.max(from, data.length - NONCE_BYTES + 1)
    for (let at = first; at < data.length; at++) {
      if (this.#nonce.startsWith(data.toString('latin1', at))) return at
    }
    return data.length
  }
}
