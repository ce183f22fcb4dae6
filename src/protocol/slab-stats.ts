import type { Bytes } from '../units.ts'
import {
  byNumber,
  type Figures,
  numberOf,
  type RawFigures,
  readFigures,
  type Stats,
} from './stats.ts'

// Source: memcached doc/protocol.txt, "Item statistics", "Slab statistics" and "Item size
// statistics", and the answers of 1.6.18.

const ITEMS = {
  number: 'number',
  number_hot: 'number',
  number_warm: 'number',
  number_cold: 'number',
  number_temp: 'number',
  /** Seconds since the oldest item was last used. */
  age: 'number',
  age_hot: 'number',
  age_warm: 'number',
  /** Bytes asked for, of those that the chunks hold. */
  mem_requested: 'number',
  evicted: 'number',
  evicted_nonzero: 'number',
  /** Seconds since the item that was evicted last was last used: how long items really live. */
  evicted_time: 'number',
  evicted_unfetched: 'number',
  evicted_active: 'number',
  outofmemory: 'number',
  tailrepairs: 'number',
  reclaimed: 'number',
  expired_unfetched: 'number',
  crawler_reclaimed: 'number',
  crawler_items_checked: 'number',
  lrutail_reflocked: 'number',
  moves_to_cold: 'number',
  moves_to_warm: 'number',
  moves_within_lru: 'number',
  direct_reclaims: 'number',
  hits_to_hot: 'number',
  hits_to_warm: 'number',
  hits_to_cold: 'number',
  hits_to_temp: 'number',
} as const

const SLABS = {
  /** Bytes that an item of this class takes, however small it is. */
  chunk_size: 'number',
  chunks_per_page: 'number',
  total_pages: 'number',
  total_chunks: 'number',
  used_chunks: 'number',
  free_chunks: 'number',
  free_chunks_end: 'number',
  get_hits: 'number',
  cmd_set: 'number',
  delete_hits: 'number',
  incr_hits: 'number',
  decr_hits: 'number',
  cas_hits: 'number',
  cas_badval: 'number',
  touch_hits: 'number',
} as const

const SLAB_TOTALS = {
  active_slabs: 'number',
  /** Bytes of all pages that were taken. */
  total_malloced: 'number',
} as const

/** The items of one slab class. */
export type SlabClassItems = Figures<typeof ITEMS>

/** The memory of one slab class. */
export type SlabClass = Figures<typeof SLABS>

/** Items by slab class: `stats items`. A class without items may be missing. */
export interface ItemsStats extends RawFigures {
  readonly classes: ReadonlyMap<number, SlabClassItems>
}

/** Memory by slab class, and of all together: `stats slabs`. */
export type SlabsStats = Figures<typeof SLAB_TOTALS> &
  RawFigures & { readonly classes: ReadonlyMap<number, SlabClass> }

/** How many items there are of which size: `stats sizes`. */
export interface SizesStats extends RawFigures {
  /** `false`: the server does not keep count (`-o track_sizes`). */
  readonly enabled: boolean
  /** Ascending. An item counts for the next multiple of 32 bytes, with its header and key. */
  readonly sizes: readonly { readonly bytes: Bytes; readonly count: number }[]
}

export function itemsStats(stats: Stats): ItemsStats {
  return { classes: classesOf(ITEMS, stats), raw: stats }
}

export function slabsStats(stats: Stats): SlabsStats {
  return {
    ...readFigures(SLAB_TOTALS, stats),
    classes: classesOf(SLABS, stats),
    raw: stats,
  }
}

const DISABLED = 'disabled'
const SIZE = /^\d{1,10}$/

export function sizesStats(stats: Stats): SizesStats {
  const sizes = Object.entries(stats).flatMap(([name, value]) => {
    const count = numberOf(value)
    return SIZE.test(name) && count !== undefined ? [{ bytes: Number(name), count }] : []
  })
  sizes.sort((a, b) => a.bytes - b.bytes)
  return { enabled: stats.sizes_status !== DISABLED, sizes, raw: stats }
}

function classesOf<Table extends typeof ITEMS | typeof SLABS>(
  table: Table,
  stats: Stats,
): Map<number, Figures<Table>> {
  const classes = new Map<number, Figures<Table>>()
  for (const [id, figures] of byNumber(stats)) classes.set(id, readFigures(table, figures))
  return classes
}
