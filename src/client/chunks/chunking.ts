import { optionError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import type { Manifest } from './manifest.ts'
import { Window } from './window.ts'

/** How large values are split. */
export interface ChunkingOptions {
  /**
   * Splits values that are too large for one item over several (`set`, `add`, `replace`, `cas`,
   * `setMany`, a lease's `fill`), and puts them together where they are read (`get`, `gets`, `gat`,
   * `getMany`, `getOrLease`): as one write stored them, or a miss. That begins 320 bytes below
   * `maxValueBytes`, since the server's limit counts header and key too.
   *
   * A small item under the key names the parts, which live on the same server. Everything else (the
   * `meta…` methods, a client without this option) sees it as it is: 44 bytes with the client flags
   * 3299278848, which no value of this client may have. All clients that share keys should agree.
   *
   * Storing takes three round trips and one for each MiB, reading two; `timeoutMs` is for each
   * command, `signal` for the whole. What happens to a key after a large write has begun comes after
   * it, as with a small one. `append` and `prepend` to such a value give `false`, and the value is
   * gone. `delete`, and a small value in its place, leave the parts until their ttl ends.
   *
   * @default false
   */
  readonly chunked?: boolean
  /**
   * With `chunked`: the largest value. A longer one is refused as one over `maxValueBytes` is
   * without, and is a miss where another client has stored it.
   *
   * @default 67108864
   */
  readonly maxChunkedBytes?: Bytes
}

/** What a `MemcachedClient` does with large values where its options are silent. */
export const CHUNKING_DEFAULTS: Readonly<Required<ChunkingOptions>> = Object.freeze({
  chunked: false,
  maxChunkedBytes: 67_108_864,
})

// What the server adds to a value: 48 bytes of header, 8 of version, 4 of client flags, 2 of line
// end, and the key with a byte behind it. Source: memcached items.c, `item_make_header`; measured on
// 1.6.18, where 1048514 bytes under a key of 3 are the most that `-I 1m` takes without flags.
const ITEM_OVERHEAD: Bytes = 320
const CHUNK_OVERHEAD: Bytes = 256
// The largest piece of memory that memcached has (`slab_chunk_max`, half a page, whatever `-I` is).
// Two such items fill a page: 40 MiB of values took 40 MiB so, 54 MiB in items of 256 KiB, 52 MiB
// in items of 400 kB, and 41 MiB in items of 1 MiB, which the server puts together of pieces.
const PIECE: Bytes = 512 * 1024
const LEAST_ITEM: Bytes = 1024
const LEAST_CHUNK: Bytes = LEAST_ITEM - ITEM_OVERHEAD
// The sizes in a manifest are 32-bit numbers, and a Buffer of Node 20 ends there too.
const MAX_VALUE: Bytes = 2 ** 32 - 1

// Of chunks to and from one server at once. A connection of 1 Gbit/s is busy for 8 ms with that, so
// that small commands behind it wait no longer, and one of 20 Mbit/s is within the deadline. More
// makes nothing faster: 50 MiB over loopback take 100 ms each way with 0.6 to 8 MiB.
const WINDOW_BYTES: Bytes = 1024 * 1024
const WINDOW_CHUNKS = 64

interface Limits {
  readonly maxValueBytes: Bytes
  readonly maxPendingBytes: Bytes
  readonly maxPending: number
}

/** The sizes of a client that splits large values, and what it has under way. */
export class Chunking {
  /** What is longer is split. */
  readonly maxWholeBytes: Bytes
  readonly maxChunkedBytes: Bytes
  /** How much of a value a chunk has. */
  readonly chunkBytes: Bytes
  readonly #limits: Limits
  readonly #windows = new Map<string, Window>()

  constructor(maxChunkedBytes: Bytes, limits: Limits) {
    const most = Math.min(limits.maxValueBytes, limits.maxPendingBytes)
    this.maxWholeBytes = most - ITEM_OVERHEAD
    this.maxChunkedBytes = maxChunkedBytes
    this.chunkBytes = Math.min(most - ITEM_OVERHEAD, PIECE - CHUNK_OVERHEAD)
    this.#limits = limits
  }

  /** Whether `manifest` can be one of a client with these limits, so that it may be followed. */
  admits({ size, chunkBytes }: Manifest): boolean {
    if (size === 0 || size > this.maxChunkedBytes) return false
    return chunkBytes >= LEAST_CHUNK && chunkBytes <= this.#limits.maxValueBytes
  }

  /** What the chunks of all calls share on the way to one server. */
  windowTo(server: string): Window {
    const { maxPending, maxPendingBytes } = this.#limits
    const window =
      this.#windows.get(server) ??
      new Window({
        maxCount: Math.min(WINDOW_CHUNKS, Math.ceil(maxPending / 2)),
        maxBytes: Math.min(WINDOW_BYTES, maxPendingBytes),
        maxHeldBytes: maxPendingBytes,
        maxWaiting: maxPending,
      })
    this.#windows.set(server, window)
    return window
  }
}

/** `undefined`: values are not split. */
export function resolveChunking(options: ChunkingOptions, limits: Limits): Chunking | undefined {
  const { chunked = CHUNKING_DEFAULTS.chunked } = options
  const { maxChunkedBytes = CHUNKING_DEFAULTS.maxChunkedBytes } = options
  if (typeof chunked !== 'boolean') throw optionError('chunked', chunked, 'true or false')
  if (!Number.isInteger(maxChunkedBytes) || maxChunkedBytes < 1 || maxChunkedBytes > MAX_VALUE) {
    throw optionError('maxChunkedBytes', maxChunkedBytes, `a whole number from 1 to ${MAX_VALUE}`)
  }
  if (!chunked) return undefined
  for (const name of ['maxValueBytes', 'maxPendingBytes'] as const) {
    if (limits[name] >= LEAST_ITEM) continue
    throw optionError(name, limits[name], `${LEAST_ITEM} or more beside \`chunked\``)
  }
  return new Chunking(maxChunkedBytes, limits)
}
