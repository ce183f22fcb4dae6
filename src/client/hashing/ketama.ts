import type { Choice, Weighted } from './hashing.ts'
import { md5Start, md5Words } from './md5.ts'

// Labels per server of average weight; each gives the 4 points of its MD5.
const LABELS = 40
const DEFAULT_PORT_SUFFIX = ':11211'

/**
 * Ketama as libmemcached has it with `KETAMA_WEIGHTED` (pylibmc's `ketama_weighted`, PHP's
 * `OPT_LIBKETAMA_COMPATIBLE`): a key belongs to the first point at or after its MD5's first 4
 * bytes, or to the very first.
 *
 * As there, a server whose share by weight is under a 40th of the average has no point and gets no
 * key. The labels leave out the port 11211, and a socket's port is 0.
 * Source: libmemcached 1.1.4, checked by `scripts/hash-vectors.py`.
 */
export class Ketama implements Choice {
  readonly #points: Uint32Array
  readonly #servers: Uint32Array

  constructor(servers: readonly Weighted[]) {
    const total = servers.reduce((sum, { weight }) => sum + weight, 0)
    const ring = servers.flatMap(({ node, weight }, server) => {
      const labels = servers.length === 1 ? 0 : labelCount(weight, total, servers.length)
      return Array.from({ length: labels }, (_, i) => md5Words(`${labelStart(node)}-${i}`))
        .flat()
        .map((point) => ({ point, server }))
    })
    // Stable: of equal points the one of the server that was named first is found, as there.
    ring.sort((a, b) => a.point - b.point)
    this.#points = Uint32Array.from(ring, ({ point }) => point)
    this.#servers = Uint32Array.from(ring, ({ server }) => server)
  }

  indexOf(key: string): number {
    const points = this.#points
    if (points.length === 0) return 0
    const hash = md5Start(key)
    let low = 0
    let high = points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((points[middle] as number) < hash) low = middle + 1
      else high = middle
    }
    return this.#servers[low === points.length ? 0 : low] as number
  }
}

/** In single precision with its roundings: there a share that just misses a whole label loses it. */
function labelCount(weight: number, total: number, count: number): number {
  const share = Math.fround(Math.fround(weight) / Math.fround(total))
  const labels = Math.fround(Math.fround(Math.fround(share * 4 * LABELS) / 4) * count)
  return Math.floor(Math.fround(labels + 1e-10))
}

function labelStart(node: string): string {
  if (node.startsWith('/')) return `${node}:0`
  return node.endsWith(DEFAULT_PORT_SUFFIX) ? node.slice(0, -DEFAULT_PORT_SUFFIX.length) : node
}
