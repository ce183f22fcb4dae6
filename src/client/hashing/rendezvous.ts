import type { Choice, Weighted } from './hashing.ts'
import { finish, mixBlocks } from './murmur3.ts'

interface Node {
  readonly name: string
  readonly weight: number
  /** The hash of the whole blocks of `name-`. */
  readonly hash: number
  /** The 0 to 3 bytes of `name-` behind them. */
  readonly rest: Uint8Array
  readonly length: number
}

// The usual key fits; a longer one gets room of its own.
const KEY_ROOM = 512
// In front of the key: what a node's name leaves of a block of 4.
const KEY_AT = 3

/**
 * Rendezvous hashing, byte for byte pymemcache's, so that a Django site and this client find each
 * other's items: the server with the highest murmur3 of `node-key`, of equals the greater name. Of
 * each code point the low byte is hashed, which is what pymemcache does; not UTF-8.
 *
 * With unequal weights the highest of `weight / -ln(hash)` wins, the hash scaled to between 0 and
 * 1: each server gets its share by weight, and a change of one server's weight moves keys to or
 * from that server only. With equal weights it would choose the same, so nothing is computed.
 * Source: Schindelhauer and Schomaker, "Weighted distributed hash tables", 2005, section 4.
 */
export class Rendezvous implements Choice {
  readonly #nodes: readonly Node[]
  readonly #isWeighted: boolean
  readonly #room = new Uint8Array(KEY_AT + KEY_ROOM + 3)

  constructor(servers: readonly Weighted[]) {
    this.#nodes = servers.map(nodeOf)
    this.#isWeighted = servers.some(({ weight }) => weight !== servers[0]?.weight)
  }

  indexOf(key: string): number {
    const nodes = this.#nodes
    if (nodes.length === 1) return 0
    const room = key.length <= KEY_ROOM ? this.#room : new Uint8Array(KEY_AT + key.length + 3)
    const end = writeCodePoints(key, room, KEY_AT)
    for (let i = end; i < end + 3; i++) room[i] = 0
    let best = 0
    let bestScore = -1
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node
      const hash = hashOf(node, room, end)
      // `+ 0.5` keeps it off 0 and 1, where there is no logarithm and where it is 0.
      const score = this.#isWeighted ? node.weight / -Math.log((hash + 0.5) / 2 ** 32) : hash
      if (score > bestScore || (score === bestScore && node.name > (nodes[best] as Node).name)) {
        best = i
        bestScore = score
      }
    }
    return best
  }
}

function nodeOf({ node: name, weight }: Weighted): Node {
  const bytes = new Uint8Array(name.length + 1)
  const length = writeCodePoints(`${name}-`, bytes, 0)
  const whole = length & ~3
  const hash = mixBlocks(0, bytes, 0, whole)
  return { name, weight, hash, rest: bytes.slice(whole, length), length }
}

/** The key stands in `room` from `KEY_AT` to `end`: the node's rest is put right in front of it. */
function hashOf({ hash, rest, length }: Node, room: Uint8Array, end: number): number {
  const start = KEY_AT - rest.length
  for (let i = 0; i < rest.length; i++) room[start + i] = rest[i] as number
  return finish(hash, room, start, end, length + end - KEY_AT)
}

/** Returns where it ended: the byte after the last. */
function writeCodePoints(text: string, bytes: Uint8Array, at: number): number {
  let end = at
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number
    if (point > 0xffff) i++
    bytes[end++] = point & 0xff
  }
  return end
}
