import { CacheError } from '../../errors.ts'
import type { Answer } from '../../net/pending.ts'
import type { CasToken } from '../../protocol/command.ts'
import { wireKey } from '../../protocol/key.ts'
import { metaSet } from '../../protocol/meta.ts'
import { readDeleted, readGet, readItemWithCas, readSet, readStored } from '../commands/answers.ts'
import type { StoreOptions } from '../commands/item.ts'
import type { MetaCommands } from '../commands/meta.ts'
import type { MetaSetReply } from '../commands/meta-replies.ts'
import { ownBytes } from '../commands/values.ts'
import { checkPatience } from '../routing/patience.ts'
import type { Origin } from '../routing/reader.ts'
import type { CallOptions } from '../routing/router.ts'
import type { ChunkCall, ChunkCommands } from './chunk-commands.ts'
import { manifestOf } from './chunked-reading.ts'
import {
  Checksum,
  countChunks,
  formatManifest,
  MANIFEST_FLAGS,
  type Manifest,
  newNonce,
  parseManifest,
} from './manifest.ts'

// Each turn means that somebody has stored the item, and it was gone again, between two commands of
// one write.
const MAX_TURNS = 4

const EMPTY = Buffer.alloc(0)

/** What the key held when a write began. */
interface Start {
  readonly cas: CasToken
  /** `'ours'`: nothing, so that it was reserved. */
  readonly held: 'ours' | 'manifest' | 'value'
}

/** How {@link ChunkedWrite.#finish} ended. */
type End = MetaSetReply['kind'] | 'void'

/**
 * One write of a value that is larger than an item may be.
 *
 * The chunks go first, under keys that no other write has; then the manifest takes the place of
 * what the key held when the write *began*, by its version. So a reader gets the old value or the
 * new one, and whatever is done to the key meanwhile, deleting it above all, comes after this write,
 * though the manifest arrives last.
 */
export class ChunkedWrite {
  readonly #meta: MetaCommands
  readonly #chunks: ChunkCommands
  readonly #call: ChunkCall
  readonly #patience: CallOptions
  readonly #options: StoreOptions
  readonly #bytes: Buffer
  readonly #manifest: Manifest
  readonly #checksum: Checksum
  #former: Promise<Manifest | undefined> = Promise.resolve(undefined)

  /** Copies `value`, unless it is `owned`. Throws for what is unfit, before anything is sent. */
  constructor(
    meta: MetaCommands,
    chunks: ChunkCommands,
    operation: string,
    key: string,
    value: string | Uint8Array,
    options: StoreOptions,
    owned?: 'owned',
  ) {
    const { routeKey, signal, timeoutMs, ttl, flags = 0 } = options
    metaSet(wireKey(key), EMPTY, { flags })
    chunks.isOver(ttl)
    checkPatience(options)
    const { chunkBytes, maxChunkedBytes } = chunks.sizes
    const size = Buffer.byteLength(value)
    this.#meta = meta
    this.#chunks = chunks
    this.#patience = { routeKey, signal, timeoutMs }
    this.#call = { operation, key, ...this.#patience }
    this.#options = options
    if (size > maxChunkedBytes) this.#bytes = EMPTY
    else this.#bytes = owned && value instanceof Buffer ? value : ownBytes(value)
    this.#manifest = { nonce: newNonce(), size, chunkBytes, flags, checksum: 0 }
    this.#checksum = new Checksum(size > maxChunkedBytes ? 0 : countChunks(this.#manifest))
  }

  /** As `set`, `add` and `replace` of a small value. */
  async store(mode: 'set' | 'add' | 'replace'): Promise<boolean> {
    const { operation, key } = this.#call
    if (this.#chunks.isOver(this.#options.ttl)) {
      const options = { ...this.#options, mode }
      return this.#meta.setOwned(operation, key, EMPTY, options, readStored)
    }
    let start: Start | undefined
    try {
      this.#checkSize()
      // No turn earlier than it must: later commands about the key come behind what is sent here.
      if (!this.#chunks.isReady) await this.#chunks.ready()
      start = mode === 'add' ? await this.#reserve() : await this.#begin(mode)
      if (start === undefined) return mode === 'set'
      await this.#upload()
      await this.#switch(start)
      return true
    } catch (error) {
      // As after any write whose outcome is not known: the old value must not pass for the new one.
      if (mode !== 'add') this.#discard()
      else if (start !== undefined) void this.#unreserve(start)
      throw error
    }
  }

  /** As `cas` of a small value, or a lease's `fill`. */
  async compareAndSwap(token: CasToken): Promise<'stored' | 'exists' | 'missing'> {
    const { operation, key } = this.#call
    if (this.#chunks.isOver(this.#options.ttl)) {
      const options = { ...this.#options, compareCas: token }
      return kindOf(await this.#meta.setOwned(operation, key, EMPTY, options, readSet))
    }
    this.#checkSize()
    const found = await this.#look()
    if (found === undefined) return 'missing'
    if (found.cas.value !== token.value || found.cas.connection !== token.connection) {
      return 'exists'
    }
    await this.#upload()
    const { kind } = await this.#finish(token)
    await this.#free(kind === 'stored')
    return kind === 'void' ? 'exists' : kindOf({ kind })
  }

  #discard(): void {
    this.#chunks.discard(this.#call).catch(() => {})
  }

  #checkSize(): void {
    const { size } = this.#manifest
    const { maxChunkedBytes } = this.#chunks.sizes
    if (size <= maxChunkedBytes) return
    throw new CacheError(
      'ERR_VALUE_TOO_LARGE',
      `A value of ${size} bytes was not sent: \`maxChunkedBytes\` is ${maxChunkedBytes}.`,
    )
  }

  /** The version to write over; `undefined`: what comes after this write has come already. */
  async #begin(mode: 'set' | 'replace'): Promise<Start | undefined> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      // Both go out before any later command about this key.
      const looking = this.#look()
      const reserving = mode === 'set' ? this.#reserve() : undefined
      const [found, reserved] = await Promise.all([looking, reserving])
      if (reserved !== undefined || found !== undefined) return reserved ?? found
      if (mode === 'replace') return undefined
    }
    return undefined
  }

  /** What the key holds. Where that is a manifest, its chunks are to be freed in the end. */
  async #look(): Promise<Start | undefined> {
    const { operation, key } = this.#call
    const wanted = { ...this.#patience, flags: true, cas: true }
    // Not its value, which may be as large as an item can be.
    const found = await this.#meta.get(operation, key, wanted, readGet)
    if (found.kind === 'miss' || found.cas === undefined) return undefined
    if (found.flags !== MANIFEST_FLAGS) return { cas: found.cas, held: 'value' }
    this.#former = this.#readFormer(found.cas).catch(() => undefined)
    return { cas: found.cas, held: 'manifest' }
  }

  async #readFormer(cas: CasToken): Promise<Manifest | undefined> {
    const { operation, key } = this.#call
    const wanted = { ...this.#patience, value: true, flags: true, cas: true }
    const item = await this.#meta.get(operation, key, wanted, readItemWithCas)
    if (item === undefined || item.cas.value !== cas.value) return undefined
    return manifestOf(this.#chunks, item)
  }

  /** Stores a manifest without a value, a miss for all readers, where nothing is. */
  async #reserve(): Promise<Start | undefined> {
    const { operation, key } = this.#call
    const bytes = formatManifest({ ...this.#manifest, size: 0 })
    const options = {
      ...this.#patience,
      mode: 'add' as const,
      ttl: this.#chunks.patienceFor(this.#manifest),
      flags: MANIFEST_FLAGS,
      returnCas: true,
    }
    const reply = await this.#meta.setOwned(operation, key, bytes, options, readSet)
    if (reply.kind !== 'stored' || reply.cas === undefined) return undefined
    return { cas: reply.cas, held: 'ours' }
  }

  async #unreserve({ cas }: Start): Promise<void> {
    const { operation, key } = this.#call
    const { routeKey } = this.#patience
    const options = { routeKey, compareCas: cas }
    await this.#meta.delete(operation, key, options, readDeleted).catch(() => {})
  }

  async #upload(): Promise<void> {
    const { size } = this.#manifest
    const window = this.#chunks.windowOf(this.#call)
    window.hold(size)
    try {
      const { ttl } = this.#options
      await this.#chunks.write(this.#call, this.#manifest, this.#bytes, ttl, this.#checksum)
    } catch (error) {
      void this.#chunks.free(this.#call, this.#manifest)
      throw error
    } finally {
      window.release(size)
    }
  }

  /** Puts the manifest in the place of what the key held. */
  async #switch(start: Start): Promise<void> {
    const { kind, server } = await this.#finish(start.cas)
    await this.#free(kind === 'stored')
    if (kind === 'stored' || kind === 'missing') return
    if (kind === 'void') {
      const message = `The connection to ${server} ended while a value was written in chunks.`
      throw new CacheError('ERR_CONNECTION', message, { applied: 'no', server })
    }
    if (!(await this.#wasOverwritten(start))) await this.#chunks.discard(this.#call)
  }

  async #finish(compareCas: CasToken): Promise<{ readonly kind: End; readonly server: string }> {
    const { operation, key } = this.#call
    const { ttl } = this.#options
    const bytes = formatManifest({ ...this.#manifest, checksum: this.#checksum.value })
    const options = { ...this.#patience, ttl, flags: MANIFEST_FLAGS, compareCas }
    const read = (answer: Answer, origin: Origin): { kind: End; server: string } => {
      const { kind } = readSet(answer, origin)
      const isVoid = kind === 'exists' && origin.connection !== compareCas.connection
      return { kind: isVoid ? 'void' : kind, server: origin.server }
    }
    try {
      return await this.#meta.setOwned(operation, key, bytes, options, read)
    } catch (error) {
      void this.#chunks.free(this.#call, this.#manifest)
      throw error
    }
  }

  /** Frees the chunks that no manifest names any more. */
  async #free(isStored: boolean): Promise<void> {
    const loser = isStored ? await this.#former : this.#manifest
    if (loser !== undefined) await this.#chunks.free(this.#call, loser)
  }

  /**
   * Whether the key has surely been written since, and not only been marked stale, counted or added
   * to: what it held at the start would otherwise outlive a write that comes after it.
   */
  async #wasOverwritten({ held }: Start): Promise<boolean> {
    const { operation, key } = this.#call
    const wanted = { ...this.#patience, value: true, flags: true }
    const now = await this.#meta.get(operation, key, wanted, readGet)
    if (now.kind === 'miss' || now.value === undefined) return true
    const isManifest = now.flags === MANIFEST_FLAGS
    if (held === 'value' || !isManifest) return held !== 'value' || isManifest
    // A write clears the mark of a stale item, and what is added to a manifest breaks it.
    return !now.stale && parseManifest(now.value) !== undefined
  }
}

function kindOf({
  kind,
}: {
  readonly kind: MetaSetReply['kind']
}): 'stored' | 'exists' | 'missing' {
  return kind === 'not-stored' ? 'missing' : kind
}
