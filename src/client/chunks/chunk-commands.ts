import type { MetaCommand } from '../../protocol/command.ts'
import { chunkKey, type WireKey, wireKey } from '../../protocol/key.ts'
import { metaDelete, metaGet, metaSet } from '../../protocol/meta.ts'
import type { Seconds } from '../../units.ts'
import { readDeleted, readHit, readItem, readStored } from '../commands/answers.ts'
import { wireTtl } from '../commands/ttl.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import type { Reader } from '../routing/reader.ts'
import type { CallOptions, Router } from '../routing/router.ts'
import type { Chunking } from './chunking.ts'
import { type Checksum, countChunks, type Manifest, sizeOfChunk } from './manifest.ts'
import type { Window } from './window.ts'

/** The call that a command about a chunk belongs to. */
export interface ChunkCall extends CallOptions {
  /** For `reprise:command`. */
  readonly operation: string
  readonly key: string
}

/** How to find the chunks of one write. */
export type ChunkPlan = Pick<Manifest, 'nonce' | 'size' | 'chunkBytes'>

// So much longer than their manifest the chunks live: as long as it may take to write all of them,
// at 1 MiB a second, and to read them at the end of its life.
const GRACE: Seconds = 30
const SLOWEST = 1024 * 1024

/**
 * Commands about chunks. They go the way of the key that the chunks belong to, in order with its
 * own commands: where its server is gone, so is the whole value, and no other server is asked.
 */
export class ChunkCommands {
  readonly sizes: Chunking
  readonly #router: Router
  readonly #options: ResolvedMemcachedOptions

  constructor(router: Router, options: ResolvedMemcachedOptions, sizes: Chunking) {
    this.sizes = sizes
    this.#router = router
    this.#options = options
  }

  /** At most so long a write of this size takes. */
  patienceFor({ size }: ChunkPlan): Seconds {
    return GRACE + Math.ceil(size / SLOWEST)
  }

  /** Whether the servers are known, which may have to be discovered. */
  get isReady(): boolean {
    return this.#router.servers.length > 0
  }

  async ready(): Promise<void> {
    await this.#router.knownServers()
  }

  windowOf({ key, routeKey = key }: ChunkCall): Window {
    return this.sizes.windowTo(this.#router.serverOf(routeKey).name)
  }

  /** Whether a lifetime ends at once. */
  isOver(ttl: Seconds | undefined): boolean {
    return this.#wireTtl(ttl, 0) === -1
  }

  /** Sums the chunks of `bytes` up in `checksum` as they go. */
  write(
    call: ChunkCall,
    plan: ChunkPlan,
    bytes: Buffer,
    ttl: Seconds | undefined,
    checksum: Checksum,
  ): Promise<boolean> {
    const wire = this.#wireTtl(ttl, this.patienceFor(plan))
    return this.windowOf(call).each(
      countChunks(plan),
      (index) => sizeOfChunk(plan, index),
      (index) => {
        const start = index * plan.chunkBytes
        const chunk = bytes.subarray(start, start + sizeOfChunk(plan, index))
        checksum.add(index, chunk)
        return this.#send(
          call,
          plan,
          index,
          (key) => metaSet(key, chunk, { ttl: wire }),
          readStored,
        )
      },
      call.signal,
    )
  }

  /** Gives each chunk to `take`, in any order; ends with the first that is not there, or not whole. */
  read(
    call: ChunkCall,
    plan: ChunkPlan,
    touch: Seconds | undefined,
    take: (index: number, chunk: Buffer) => void,
  ): Promise<boolean> {
    const wanted = { value: true, flags: true, touch: this.#touch(touch, plan) }
    return this.windowOf(call).each(
      countChunks(plan),
      (index) => sizeOfChunk(plan, index),
      async (index) => {
        const item = await this.#send(call, plan, index, (key) => metaGet(key, wanted), readItem)
        if (item?.value.length !== sizeOfChunk(plan, index)) return false
        take(index, item.value)
        return true
      },
      call.signal,
    )
  }

  /** Resolves to whether all chunks were there. */
  touch(call: ChunkCall, plan: ChunkPlan, ttl: Seconds): Promise<boolean> {
    const wanted = { touch: this.#touch(ttl, plan) }
    return this.windowOf(call).each(
      countChunks(plan),
      noBytes,
      (index) => this.#send(call, plan, index, (key) => metaGet(key, wanted), readHit),
      call.signal,
    )
  }

  /** Frees their memory, where it can: what is left over, its ttl ends. */
  async free({ operation, key, routeKey }: ChunkCall, plan: ChunkPlan): Promise<void> {
    const call = { operation, key, routeKey }
    const remove = async (index: number): Promise<boolean> => {
      await this.#send(call, plan, index, (wire) => metaDelete(wire, {}), readDeleted)
      return true
    }
    try {
      await this.windowOf(call).each(countChunks(plan), noBytes, remove, undefined)
    } catch {}
  }

  /** Deletes the key itself, in order with its commands, now or before its server is read again. */
  async discard({ key, routeKey = key }: ChunkCall): Promise<void> {
    await this.#router.discard(wireKey(key), routeKey)
  }

  #send<T>(
    call: ChunkCall,
    { nonce }: ChunkPlan,
    index: number,
    command: (key: WireKey) => MetaCommand,
    read: Reader<T>,
  ): Promise<T> {
    const make = (): MetaCommand => command(chunkKey(call.key, nonce, index))
    return this.#router.send({ ...call, command: make, read, replayed: false })
  }

  #touch(ttl: Seconds | undefined, plan: ChunkPlan): Seconds | undefined {
    return ttl === undefined ? undefined : this.#wireTtl(ttl, this.patienceFor(plan))
  }

  #wireTtl(ttl: Seconds | undefined, more: Seconds): Seconds {
    const whole = ttl ?? this.#options.ttl
    return wireTtl(whole > 0 ? whole + more : whole, this.#options.clock)
  }
}

function noBytes(): number {
  return 0
}
