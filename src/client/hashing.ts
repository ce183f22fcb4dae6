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
  return murmur3Bytes(codePointBytes(text))
}

/** Chooses among servers by the highest score of `node-key`; equal scores by the greater name. */
export class Rendezvous {
  readonly #nodes: readonly { readonly name: string; readonly bytes: Uint8Array }[]

  constructor(nodes: readonly string[]) {
    this.#nodes = nodes.map((name) => ({ name, bytes: codePointBytes(`${name}-`) }))
  }

  /** The index of the server that holds `key`. The order of the servers does not matter. */
  indexOf(key: string): number {
    if (this.#nodes.length === 1) return 0
    const bytes = codePointBytes(key)
    let best = 0
    let bestScore = -1
    for (const [i, node] of this.#nodes.entries()) {
      const score = murmur3Bytes(node.bytes, bytes)
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

const NOTHING = new Uint8Array(0)

// `head` and `tail` are hashed as one: joining them costs a copy per server and key.
function murmur3Bytes(head: Uint8Array, tail: Uint8Array = NOTHING): number {
  const length = head.length + tail.length
  const at = (i: number): number => (i < head.length ? head[i] : tail[i - head.length]) ?? 0
  let hash = 0
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    hash ^= scramble(at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (length > whole) {
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
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0
    if (point > 0xffff) i++
    bytes[length++] = point & 0xff
  }
  return length === bytes.length ? bytes : bytes.subarray(0, length)
}
