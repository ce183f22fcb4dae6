import type { MemoryReply, SlabClassReply, SlabsReply } from '../api/slabs.ts'
import type { Detail } from '../detail.ts'
import { changeOf, number, type Span } from './server-detail.ts'

const PAGE_BYTES = 1024 * 1024

/** Where the memory of one server is. `undefined`: it did not answer. */
export function slabsReply(
  server: string,
  span: Span | undefined,
  error: string | null,
): SlabsReply {
  return {
    schemaVersion: 1,
    server,
    error,
    memory: span === undefined ? null : memoryOf(span.after),
    classes: span === undefined ? [] : classesOf(span),
  }
}

export function memoryOf({ general, slabTotals, slabs, items }: Detail): MemoryReply {
  let [wasteBytes, freeInClassesBytes, classBytes] = [0, 0, 0]
  for (const [id, slab] of slabs) {
    const chunkBytes = number(slab.chunk_size)
    wasteBytes += wasteOf(chunkBytes, slab.used_chunks, items.get(id)?.mem_requested)
    freeInClassesBytes += number(slab.free_chunks) * chunkBytes
    classBytes += number(slab.total_chunks) * chunkBytes
  }
  const taken = slabTotals.total_malloced
  const pool = general.slab_global_page_pool
  return {
    limitBytes: general.limit_maxbytes ?? null,
    takenBytes: taken ?? null,
    itemBytes: general.bytes ?? null,
    wasteBytes,
    freeInClassesBytes,
    freePagesBytes: pool === undefined ? null : pool * PAGE_BYTES,
    pageTailBytes: Math.max(0, number(taken) - classBytes),
  }
}

function classesOf(span: Span): SlabClassReply[] {
  return [...span.after.slabs].map(([id, slab]) => {
    // A class may be in the one answer and not in the other: it has no items.
    const items = span.after.items.get(id) ?? {}
    const ofItems = changeOf(span, (detail) => detail.items.get(id) ?? {})
    const ofSlab = changeOf(span, (detail) => detail.slabs.get(id) ?? {})
    const chunkBytes = number(slab.chunk_size)
    return {
      id,
      chunkBytes,
      pages: number(slab.total_pages),
      usedChunks: number(slab.used_chunks),
      totalChunks: number(slab.total_chunks),
      freeChunks: number(slab.free_chunks),
      items: number(items.number),
      wasteBytes: wasteOf(chunkBytes, slab.used_chunks, items.mem_requested),
      freeBytes: number(slab.free_chunks) * chunkBytes,
      hot: number(items.number_hot),
      warm: number(items.number_warm),
      cold: number(items.number_cold),
      oldest: items.age ?? null,
      evictionsPerSecond: ofItems.per('evicted'),
      evicted: number(items.evicted),
      evictionAge: number(items.evicted) > 0 ? (items.evicted_time ?? null) : null,
      outOfMemory: number(items.outofmemory),
      getsPerSecond: ofSlab.per('get_hits'),
      setsPerSecond: ofSlab.per('cmd_set'),
    }
  })
}

/** An item over `slab_chunk_max` is in chunks of several classes: more may be asked for than they hold. */
function wasteOf(
  chunkBytes: number,
  used: number | undefined,
  requested: number | undefined,
): number {
  return requested === undefined ? 0 : Math.max(0, number(used) * chunkBytes - requested)
}
