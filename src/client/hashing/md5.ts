// MD5's first 4 bytes of a short text, without allocating: `node:crypto` makes objects for each
// digest and takes three to four times as long (`bench/hashing.bench.mjs`), and a FIPS build has no MD5.
// It spreads keys here and protects nothing. Source: RFC 1321 section 3.

const SHIFTS = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21)
const SINES = Int32Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
)

const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const
const BLOCK = 64
// The usual key fits with the padding; a longer one gets room of its own.
const ROOM = 5 * BLOCK
const PADDING = 9

const room = new Uint8Array(ROOM)
const words = new Int32Array(16)
const state = new Int32Array(4)
const encoder = new TextEncoder()

/** The first 4 bytes of the MD5 of `text` in UTF-8, read little-endian. */
export function md5Start(text: string): number {
  digest(text)
  return (state[0] as number) >>> 0
}

/** All 16 bytes of it, as 4 little-endian numbers. */
export function md5Words(text: string): [number, number, number, number] {
  digest(text)
  const word = (i: number): number => (state[i] as number) >>> 0
  return [word(0), word(1), word(2), word(3)]
}

function digest(text: string): void {
  // A UTF-16 unit is at most 3 bytes.
  const most = 3 * text.length + PADDING
  const bytes = most <= ROOM - BLOCK ? room : new Uint8Array(most + BLOCK)
  const length = writeUtf8(text, bytes)
  const padded = Math.ceil((length + PADDING) / BLOCK) * BLOCK
  bytes[length] = 0x80
  for (let i = length + 1; i < padded; i++) bytes[i] = 0
  // The length in bits; texts here are far below 2^29 bytes.
  const bits = length * 8
  for (let i = 0; i < 4; i++) bytes[padded - 8 + i] = bits >>> (8 * i)
  state.set(INITIAL)
  for (let at = 0; at < padded; at += BLOCK) mixBlock(bytes, at)
}

function writeUtf8(text: string, bytes: Uint8Array): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return encoder.encodeInto(text, bytes).written
    bytes[i] = unit
  }
  return text.length
}

function mixBlock(bytes: Uint8Array, at: number): void {
  for (let i = 0, from = at; i < 16; i++, from += 4) {
    words[i] =
      (bytes[from] as number) |
      ((bytes[from + 1] as number) << 8) |
      ((bytes[from + 2] as number) << 16) |
      ((bytes[from + 3] as number) << 24)
  }
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    let mixed: number
    let word: number
    if (round === 0) {
      mixed = (b & c) | (~b & d)
      word = i
    } else if (round === 1) {
      mixed = (d & b) | (~d & c)
      word = 5 * i + 1
    } else if (round === 2) {
      mixed = b ^ c ^ d
      word = 3 * i + 5
    } else {
      mixed = c ^ (b | ~d)
      word = 7 * i
    }
    const sum = (a + mixed + (SINES[i] as number) + (words[word & 15] as number)) | 0
    const shift = SHIFTS[(round << 2) | (i & 3)] as number
    a = d
    d = c
    c = b
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
  }
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
}
