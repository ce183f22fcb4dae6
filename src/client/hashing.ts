/**
 * Which server holds a key: rendezvous hashing, byte for byte pymemcache's, so that a Django site
 * and this client find each other's items.
 *
 * @module
 */

const C1 = 0xcc9e2d51
const C2 = 0x1b873593

/**
 * MurmurHash3, 32 bits, seed 0.
 *
 * Of each code point the low byte counts, which is what pymemcache hashes; not UTF-8.
 */
export function murmur3(text: string): number {
  const bytes = new Uint8Array(text.length)
  return murmur3Bytes(bytes, 0, writeCodePoints(text, bytes, 0))
}

// The usual key fits; a longer one gets room of its own.
const KEY_ROOM = 512

/** Chooses among servers by the highest score of `node-key`; equal scores by the greater name. */
export class Rendezvous {
  readonly #nodes: readonly { readonly name: string; readonly bytes: Uint8Array }[]
  /** Where the key goes: each node's bytes are put right in front of it, so that it is read once. */
  readonly #keyAt: number
  readonly #room: Uint8Array

  constructor(nodes: readonly string[]) {
    this.#nodes = nodes.map((name) => ({ name, bytes: codePointBytes(`${name}-`) }))
    this.#keyAt = Math.max(0, ...this.#nodes.map(({ bytes }) => bytes.length))
    this.#room = new Uint8Array(this.#keyAt + KEY_ROOM)
  }

  /** The index of the server that holds `key`. The order of the servers does not matter. */
  indexOf(key: string): number {
    if (this.#nodes.length === 1) return 0
    const room = key.length <= KEY_ROOM ? this.#room : new Uint8Array(this.#keyAt + key.length)
    const end = writeCodePoints(key, room, this.#keyAt)
    let best = 0
    let bestScore = -1
    for (const [i, node] of this.#nodes.entries()) {
      const start = this.#keyAt - node.bytes.length
      room.set(node.bytes, start)
      const score = murmur3Bytes(room, start, end)
      const wins =
        score > bestScore || (score === bestScore && node.name > (this.#nodes[best]?.name ?? ''))
      if (wins) {
        best = i
        bestScore = score
      }
    }
    return best
  }
}

function murmur3Bytes(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const at = (i: number): number => (i < end ? (bytes[i] ?? 0) : 0)
  let hash = 0
  const whole = start + (length & ~3)
  for (let i = start; i < whole; i += 4) {
    hash ^= scramble(at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (end > whole) {
    hash ^= scramble(at(whole) | (at(whole + 1) << 8) | (at(whole + 2) << 16))
  }
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scramble(block: number): number {
  const k = Math.imul(block, C1)
  return Math.imul((k << 15) | (k >>> 17), C2)
}

function codePointBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  return bytes.subarray(0, writeCodePoints(text, bytes, 0))
}

/** Returns where it ended: the byte after the last. */
function writeCodePoints(text: string, bytes: Uint8Array, at: number): number {
  let end = at
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0
    if (point > 0xffff) i++
    bytes[end++] = point & 0xff
  }
  return end
}
