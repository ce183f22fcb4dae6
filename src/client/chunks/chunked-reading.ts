import type { Seconds } from '../../units.ts'
import { readDeleted, readGet, readItemWithCas } from '../commands/answers.ts'
import type { Item, ItemWithCas } from '../commands/item.ts'
import type { MetaCommands } from '../commands/meta.ts'
import type { MetaGetReply } from '../commands/meta-replies.ts'
import { type Failures, Instead } from '../routing/outage.ts'
import type { ChunkCall, ChunkCommands } from './chunk-commands.ts'
import { Checksum, countChunks, MANIFEST_FLAGS, type Manifest, parseManifest } from './manifest.ts'

const NOT_GOT = new Instead<Item | undefined>('get', undefined)

// Each turn means that somebody has overwritten the value while it was read.
const MAX_TURNS = 4

/** An item, with its version where it was read. */
export type Found = Item & Partial<Pick<ItemWithCas, 'cas'>>

/**
 * The value that `item` stands for, whole, as one write stored it; `undefined` where that is not to
 * be had. Chunks that are missing tell of an overwritten value, which is read then, or of a lost
 * one, whose manifest is deleted: or `add` would go on to find what no `get` can read.
 *
 * With `touch`, the chunks are given that lifetime; the item has it already.
 */
export async function joined(
  meta: MetaCommands,
  chunks: ChunkCommands,
  call: ChunkCall,
  item: Found,
  touch?: Seconds,
): Promise<Found | undefined> {
  let found = item
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    if (found.flags !== MANIFEST_FLAGS) return found
    const manifest = manifestOf(chunks, found)
    if (manifest === undefined) return undefined
    const value = await assembled(chunks, call, manifest, touch)
    if (value !== undefined) return { ...found, value, flags: manifest.flags }
    const now = await abandon(meta, chunks, call, manifest, found, touch)
    if (now === undefined) return undefined
    found = now
  }
  return undefined
}

/** What a plain `get` of `key` gives for the item that it found. */
export type Whole = (
  item: Item | undefined,
  key: string,
) => Item | undefined | Promise<Item | undefined>

/** Costs one comparison where nothing was split. */
export function wholeOf(meta: MetaCommands, chunks: ChunkCommands): Whole {
  return (item, key) => {
    if (item?.flags !== MANIFEST_FLAGS) return item
    return meta.orInstead(NOT_GOT, undefined, async () => {
      const found = await joined(meta, chunks, { operation: 'get', key }, item)
      return found && asItem(found)
    })
  }
}

/**
 * As `reading`, with what was split put together.
 * `pick` takes from what was found what the caller returns; `instead` is for an outage meanwhile.
 */
export function joinedRead<T extends Item>(
  meta: MetaCommands,
  chunks: ChunkCommands,
  call: ChunkCall,
  reading: Promise<T | undefined>,
  pick: (found: Found) => T | undefined,
  instead: Instead<T | undefined>,
  touch?: Seconds,
): Promise<T | undefined> {
  return reading.then((item) => {
    if (item?.flags !== MANIFEST_FLAGS) return item
    return meta.orInstead(instead, call.signal, async () => {
      const found = await joined(meta, chunks, call, item, touch)
      return found && pick(found)
    })
  })
}

/** As `hit`, with its value put together. `undefined`: it was lost, so that nothing is there now. */
export async function wholeHit(
  meta: MetaCommands,
  call: ChunkCall,
  hit: MetaGetReply,
): Promise<MetaGetReply | undefined> {
  const { chunks } = meta
  if (chunks === undefined || hit.kind === 'miss' || hit.flags !== MANIFEST_FLAGS) return hit
  const { value, flags, cas } = hit
  if (value === undefined || manifestOf(chunks, { value, flags }) === undefined) {
    return { kind: 'miss' }
  }
  const found = await joined(meta, chunks, call, { value, flags, ...(cas && { cas }) })
  if (found === undefined) return undefined
  const whole = { ...hit, value: found.value, flags: found.flags }
  // Where it was overwritten meanwhile, nothing that was said of the old value holds.
  return found.cas === cas ? whole : { ...whole, cas: found.cas, won: false, stale: false }
}

/** Puts together what was split of `keys`; what cannot be had leaves `found`. */
export async function joinFound(
  meta: MetaCommands,
  chunks: ChunkCommands,
  call: Omit<ChunkCall, 'key'>,
  keys: readonly string[],
  found: Map<string, Item | undefined>,
  failures: Failures,
): Promise<void> {
  const join = async (key: string, item: Item): Promise<void> => {
    const now = await joined(meta, chunks, { ...call, key }, item).catch((error: unknown) => {
      failures.note(error)
      return undefined
    })
    if (now === undefined) found.delete(key)
    else found.set(key, asItem(now))
  }
  const split = new Map<string, Item>()
  for (const key of keys) {
    const item = found.get(key)
    if (item?.flags === MANIFEST_FLAGS) split.set(key, item)
  }
  await Promise.all(Array.from(split, ([key, item]) => join(key, item)))
}

export function asItem({ value, flags }: Found): Item {
  return { value, flags }
}

export function asItemWithCas({ value, flags, cas }: Found): ItemWithCas | undefined {
  return cas && { value, flags, cas }
}

/** Gives a value a new lifetime, and its chunks. Resolves to whether there is a value. */
export async function touchWhole(
  meta: MetaCommands,
  chunks: ChunkCommands,
  call: ChunkCall,
  ttl: Seconds,
): Promise<boolean> {
  const { operation, key, ...patience } = call
  const touched = await meta.get(operation, key, { ...patience, flags: true, touch: ttl }, readGet)
  if (touched.kind === 'miss') return false
  if (touched.flags !== MANIFEST_FLAGS) return true
  const wanted = { ...patience, value: true, flags: true, cas: true }
  const found = await meta.get(operation, key, wanted, readItemWithCas)
  // Whoever has overwritten it meanwhile did so after this.
  if (found?.flags !== MANIFEST_FLAGS) return found !== undefined
  const manifest = manifestOf(chunks, found)
  if (manifest === undefined) return false
  if (await chunks.touch(call, manifest, ttl)) return true
  return (await abandon(meta, chunks, call, manifest, found)) !== undefined
}

/** The manifest that `item` is, where this client may follow it. */
export function manifestOf(chunks: ChunkCommands, { value, flags }: Item): Manifest | undefined {
  if (flags !== MANIFEST_FLAGS) return undefined
  const manifest = parseManifest(value)
  return manifest !== undefined && chunks.sizes.admits(manifest) ? manifest : undefined
}

async function assembled(
  chunks: ChunkCommands,
  call: ChunkCall,
  manifest: Manifest,
  touch: Seconds | undefined,
): Promise<Buffer | undefined> {
  const { size, chunkBytes } = manifest
  const checksum = new Checksum(countChunks(manifest))
  // Not before there is a chunk of it: a manifest that anybody has made up costs nothing.
  let value: Buffer | undefined
  const isWhole = await chunks.read(call, manifest, touch, (index, chunk) => {
    value ??= Buffer.allocUnsafe(size)
    chunk.copy(value, index * chunkBytes)
    checksum.add(index, chunk)
  })
  return isWhole && checksum.value === manifest.checksum ? value : undefined
}

/** Deletes a manifest whose chunks are not all there, or returns what has taken its place. */
async function abandon(
  meta: MetaCommands,
  chunks: ChunkCommands,
  call: ChunkCall,
  manifest: Manifest,
  { value }: Found,
  touch?: Seconds,
): Promise<ItemWithCas | undefined> {
  const { operation, key, ...patience } = call
  const wanted = { ...patience, value: true, flags: true, cas: true, touch }
  const now = await meta.get(operation, key, wanted, readItemWithCas)
  if (now === undefined || now.flags !== MANIFEST_FLAGS || !now.value.equals(value)) return now
  const options = { ...patience, compareCas: now.cas }
  const isDeleted = await meta.delete(operation, key, options, readDeleted).catch(() => false)
  if (isDeleted) await chunks.free(call, manifest)
  return undefined
}
