import type { Bytes } from '../units.ts'
import { putPlainKey, type WireKey, wireKey } from './key.ts'
import type { Opaques } from './opaques.ts'
import { countDigits, putText } from './put.ts'

// For some 200 reads.
const FIRST: Bytes = 8192
// What a line takes at most: its key, its flags, two words for a proxy among them, and what is around.
const LINE: Bytes = 1024
// A block that has grown beyond is not kept.
const KEPT: Bytes = 65_536

const SPACE = 0x20
const B = 0x62

// Parts of a line, as the numbers that their bytes are.
const MG = 0x6d67
const V_F = 0x2076_2066
const O = 0x204f
const K = 0x206b
const Q = 0x2071
const LINE_END = 0x0d0a

/**
 * The flags of reads. Two are the same if they are one object, whatever their texts: to compare texts for each
 * read costs more.
 */
export interface ReadFlags {
  /** As in a command: without `b`, `O` and `k`, each with a leading blank. */
  readonly text: string
  /** Asks for a value, its client flags, and perhaps its CAS. */
  readonly isPlain: boolean
}

/** Those of a plain read: a value and its client flags. */
export const PLAIN_FLAGS: ReadFlags = readFlags(' v f')

export function readFlags(text: string): ReadFlags {
  return Object.freeze({ text: flat(text), isPlain: /^(?: N\d+)? v f(?: c)?$/.test(text) })
}

// A text that was put together is slower to read for as long as it is used.
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/**
 * The lines of reads, `mg <key> v f O<opaque> k` or with other flags, written when they are asked for:
 * a key is checked letter by letter, and to write each of them at once costs half of what both
 * take alone (`bench/clients.mjs`). Who holds a text of them copies it later; once nobody does, the next
 * begins the block again.
 */
export class ReadLines {
  readonly #opaques: Opaques
  #block: Buffer = Buffer.alloc(0)
  #view = new DataView(this.#block.buffer)
  #end = 0
  #holders = 0

  constructor(opaques: Opaques) {
    this.#opaques = opaques
  }

  get block(): Buffer {
    return this.#block
  }

  /** Where the next line begins. */
  get end(): number {
    return this.#end
  }

  /** Of the last line. */
  get opaque(): number {
    return this.#opaques.last
  }

  /** Throws `ERR_KEY_INVALID`, and adds nothing then. */
  add(key: string, flags: ReadFlags): void {
    const at = this.#ask(key, flags)
    this.#view.setInt16(at, LINE_END)
    this.#end = at + 2
  }

  /** Of a plain read that has no reply where its key is missing. */
  addQuiet(key: string): void {
    const at = this.#ask(key, PLAIN_FLAGS)
    this.#view.setInt16(at, Q)
    this.#view.setInt16(at + 2, LINE_END)
    this.#end = at + 4
  }

  /** Takes back the lines from `from` on, which nobody holds. */
  takeBack(from: number): void {
    this.#end = from
  }

  hold(): void {
    this.#holders++
  }

  release(): void {
    if (--this.#holders > 0) return
    this.#end = 0
    if (this.#block.length > KEPT) this.#become(Buffer.alloc(0))
  }

  /** Puts a line but for its end, and returns where that is. */
  #ask(key: string, flags: ReadFlags): number {
    if (this.#block.length - this.#end < LINE) this.#grow()
    const view = this.#view
    view.setInt16(this.#end, MG)
    view.setInt8(this.#end + 2, SPACE)
    const keyAt = this.#end + 3
    const end = putPlainKey(this.#block, view, keyAt, key)
    return end === -1 ? this.#askOther(key, keyAt, flags) : this.#putTail(end, flags, K)
  }

  #askOther(key: string, keyAt: number, flags: ReadFlags): number {
    const { token, base64 } = wireKey(key)
    const end = putText(this.#block, keyAt, base64 ? `${token} b` : token)
    // Its reply must not name a base64 key: see `RequestWriter`.
    return base64 ? this.#putTail(end, flags, 0) - 2 : this.#putTail(end, flags, K)
  }

  #putTail(end: number, flags: ReadFlags, k: number): number {
    const view = this.#view
    let at = end + 4
    if (flags === PLAIN_FLAGS) view.setInt32(end, V_F)
    else at = putText(this.#block, end, flags.text)
    view.setInt16(at, O)
    at = this.#opaques.putNext(this.#block, view, at + 2)
    view.setInt16(at, k)
    return at + 2
  }

  #grow(): void {
    const block = Buffer.allocUnsafeSlow(Math.max(FIRST, this.#block.length * 2))
    this.#block.copy(block, 0, 0, this.#end)
    this.#become(block)
  }

  #become(block: Buffer): void {
    this.#block = block
    this.#view = new DataView(block.buffer)
  }
}

// ` O` and ` k`; a base64 key has ` b` in front of the flags instead.
const AROUND_OPAQUE: Bytes = 4
const QUIET: Bytes = 2
const LINE_END_AND_VERB: Bytes = 5

/** What lies between two keys but for the digits of the opaque. */
export function gapOf(flags: ReadFlags, isQuiet: boolean): Bytes {
  return flags.text.length + AROUND_OPAQUE + (isQuiet ? QUIET : 0) + LINE_END_AND_VERB
}

/** Where the next line's key begins, behind a key that ends at `end`. */
export function nextKeyAt(end: number, opaque: number, gap: Bytes): number {
  return end + countDigits(opaque) + gap
}

/** Where a line's key ends that begins at `keyAt`. */
export function keyEnd(sentIn: DataView, keyAt: number): number {
  let end = keyAt
  while (sentIn.getUint8(end) !== SPACE) end++
  return end
}

/** The key of the line whose key begins at `keyAt`. */
export function keyOfLine(sentIn: DataView, keyAt: number): WireKey {
  const end = keyEnd(sentIn, keyAt)
  const bytes = new Uint8Array(sentIn.buffer, sentIn.byteOffset + keyAt, end - keyAt)
  return { token: String.fromCharCode(...bytes), base64: isBase64(sentIn, end), hashed: false }
}

/** Whether the line whose key ends at `end` says so: no flag but that begins with this letter. */
export function isBase64(sentIn: DataView, end: number): boolean {
  return sentIn.getUint8(end + 1) === B
}
