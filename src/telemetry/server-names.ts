/**
 * Which figure of a server is which metric.
 *
 * Source: the names of prometheus/memcached_exporter, which most boards are made for.
 *
 * @module
 */

import type { GeneralStats, SettingsStats, SlabClass, SlabClassItems } from '../client/index.ts'

/** A metric's name, type and help. */
export type Row = readonly [name: string, type: 'counter' | 'gauge', help: string]

type Names<Stats> = readonly (readonly [stat: keyof Stats & string, row: Row])[]
/** The figures that are numbers or switches; the others say nothing in a metric. */
type Figures<Stats> = {
  readonly [Name in keyof Stats as Stats[Name] extends number | boolean | undefined
    ? Name
    : never]: Stats[Name]
}

export const GENERAL: Names<Figures<GeneralStats>> = [
  ['uptime', ['memcached_uptime_seconds', 'counter', 'Seconds since the server started.']],
  ['time', ['memcached_time_seconds', 'gauge', 'Unix time by the clock of the server.']],
  ['rusage_user', ['memcached_process_user_cpu_seconds_total', 'counter', 'Processor time, user.']],
  [
    'rusage_system',
    ['memcached_process_system_cpu_seconds_total', 'counter', 'Processor time, system.'],
  ],
  ['bytes_read', ['memcached_read_bytes_total', 'counter', 'Bytes from the network.']],
  ['bytes_written', ['memcached_written_bytes_total', 'counter', 'Bytes to the network.']],
  ['curr_connections', ['memcached_current_connections', 'gauge', 'Open connections.']],
  ['max_connections', ['memcached_max_connections', 'gauge', 'Connections that are allowed.']],
  ['total_connections', ['memcached_connections_total', 'counter', 'Connections ever opened.']],
  [
    'rejected_connections',
    ['memcached_connections_rejected_total', 'counter', 'Connections refused, over the limit.'],
  ],
  [
    'conn_yields',
    ['memcached_connections_yielded_total', 'counter', 'Connections that let others go first.'],
  ],
  [
    'listen_disabled_num',
    ['memcached_connections_listener_disabled_total', 'counter', 'Times the limit was reached.'],
  ],
  ['accepting_conns', ['memcached_accepting_connections', 'gauge', 'Whether it accepts.']],
  ['bytes', ['memcached_current_bytes', 'gauge', 'Bytes of items.']],
  ['limit_maxbytes', ['memcached_limit_bytes', 'gauge', 'Bytes that items may take.']],
  ['curr_items', ['memcached_current_items', 'gauge', 'Items.']],
  ['total_items', ['memcached_items_total', 'counter', 'Items ever stored.']],
  ['evictions', ['memcached_items_evicted_total', 'counter', 'Items evicted for others.']],
  ['reclaimed', ['memcached_items_reclaimed_total', 'counter', 'Items stored in expired ones.']],
  ['store_too_large', ['memcached_item_too_large_total', 'counter', 'Items over the size limit.']],
  ['store_no_memory', ['memcached_item_no_memory_total', 'counter', 'Items without memory.']],
  ['direct_reclaims', ['memcached_direct_reclaims_total', 'counter', 'Writes that made room.']],
  ['lru_crawler_starts', ['memcached_lru_crawler_starts_total', 'counter', 'Runs of the crawler.']],
  [
    'crawler_reclaimed',
    ['memcached_lru_crawler_reclaimed_total', 'counter', 'Items freed by the crawler.'],
  ],
  [
    'crawler_items_checked',
    ['memcached_lru_crawler_items_checked_total', 'counter', 'Items looked at by the crawler.'],
  ],
  ['moves_to_cold', ['memcached_lru_crawler_moves_to_cold_total', 'counter', 'Moves to cold.']],
  ['moves_to_warm', ['memcached_lru_crawler_moves_to_warm_total', 'counter', 'Moves to warm.']],
  [
    'moves_within_lru',
    ['memcached_lru_crawler_moves_within_lru_total', 'counter', 'Moves within one part.'],
  ],
]

export const SETTINGS: Names<Figures<SettingsStats>> = [
  ['lru_crawler', ['memcached_lru_crawler_enabled', 'gauge', 'Whether the crawler runs.']],
  ['lru_crawler_sleep', ['memcached_lru_crawler_sleep', 'gauge', 'Its pause, in microseconds.']],
  ['lru_crawler_tocrawl', ['memcached_lru_crawler_to_crawl', 'gauge', 'Its items for each run.']],
  [
    'lru_maintainer_thread',
    ['memcached_lru_crawler_maintainer_thread', 'gauge', 'Whether the maintainer runs.'],
  ],
  ['hot_lru_pct', ['memcached_lru_crawler_hot_percent', 'gauge', 'Share of the hot part.']],
  ['warm_lru_pct', ['memcached_lru_crawler_warm_percent', 'gauge', 'Share of the warm part.']],
  ['hot_max_factor', ['memcached_lru_crawler_hot_max_factor', 'gauge', 'Age of hot to cold.']],
  ['warm_max_factor', ['memcached_lru_crawler_warm_max_factor', 'gauge', 'Age of warm to cold.']],
]

export const SLABS: Names<Figures<SlabClass>> = [
  ['chunk_size', ['memcached_slab_chunk_size_bytes', 'gauge', 'Bytes of a chunk.']],
  ['chunks_per_page', ['memcached_slab_chunks_per_page', 'gauge', 'Chunks of a page.']],
  ['total_pages', ['memcached_slab_current_pages', 'gauge', 'Pages.']],
  ['total_chunks', ['memcached_slab_current_chunks', 'gauge', 'Chunks.']],
  ['used_chunks', ['memcached_slab_chunks_used', 'gauge', 'Chunks with an item.']],
  ['free_chunks', ['memcached_slab_chunks_free', 'gauge', 'Chunks without one.']],
  ['free_chunks_end', ['memcached_slab_chunks_free_end', 'gauge', 'Free at the last page’s end.']],
]

export const ITEMS: Names<Figures<SlabClassItems>> = [
  ['number', ['memcached_slab_current_items', 'gauge', 'Items.']],
  ['age', ['memcached_slab_items_age_seconds', 'gauge', 'Since the oldest was last used.']],
  ['evicted', ['memcached_slab_items_evicted_total', 'counter', 'Items evicted.']],
  [
    'evicted_nonzero',
    ['memcached_slab_items_evicted_nonzero_total', 'counter', 'Items evicted that had a ttl.'],
  ],
  [
    'evicted_time',
    ['memcached_slab_items_evicted_time_seconds', 'gauge', 'Since the last evicted was used.'],
  ],
  [
    'evicted_unfetched',
    ['memcached_slab_items_evicted_unfetched_total', 'counter', 'Evicted, and never read.'],
  ],
  [
    'expired_unfetched',
    ['memcached_slab_items_expired_unfetched_total', 'counter', 'Expired, and never read.'],
  ],
  [
    'crawler_reclaimed',
    ['memcached_slab_items_crawler_reclaimed_total', 'counter', 'Freed by the crawler.'],
  ],
  [
    'outofmemory',
    ['memcached_slab_items_outofmemory_total', 'counter', 'Writes that found no memory.'],
  ],
  ['reclaimed', ['memcached_slab_items_reclaimed_total', 'counter', 'Stored in expired ones.']],
  ['tailrepairs', ['memcached_slab_items_tailrepairs_total', 'counter', 'Repairs of the tail.']],
  ['moves_to_cold', ['memcached_slab_items_moves_to_cold', 'counter', 'Moves to cold.']],
  ['number_hot', ['memcached_slab_hot_items', 'gauge', 'Items in the hot part.']],
  ['number_warm', ['memcached_slab_warm_items', 'gauge', 'Items in the warm part.']],
  ['number_cold', ['memcached_slab_cold_items', 'gauge', 'Items in the cold part.']],
  ['number_temp', ['memcached_slab_temporary_items', 'gauge', 'Items in the temporary part.']],
  ['age_hot', ['memcached_slab_hot_age_seconds', 'gauge', 'Age of the oldest hot item.']],
  ['age_warm', ['memcached_slab_warm_age_seconds', 'gauge', 'Age of the oldest warm item.']],
  [
    'mem_requested',
    ['memcached_slab_mem_requested_bytes', 'gauge', 'Bytes asked for, of those in chunks.'],
  ],
]

export const LRUS: readonly (readonly [lru: string, stat: keyof Figures<SlabClassItems>])[] = [
  ['hot', 'hits_to_hot'],
  ['warm', 'hits_to_warm'],
  ['cold', 'hits_to_cold'],
  ['temporary', 'hits_to_temp'],
]

type Command<Stats> = readonly [
  command: string,
  status: 'hit' | 'miss' | 'badval',
  figure: (stats: Stats) => number | undefined,
]

export const COMMANDS: readonly Command<GeneralStats>[] = [
  ['get', 'hit', ({ get_hits }) => get_hits],
  ['get', 'miss', ({ get_misses }) => get_misses],
  ['delete', 'hit', ({ delete_hits }) => delete_hits],
  ['delete', 'miss', ({ delete_misses }) => delete_misses],
  ['incr', 'hit', ({ incr_hits }) => incr_hits],
  ['incr', 'miss', ({ incr_misses }) => incr_misses],
  ['decr', 'hit', ({ decr_hits }) => decr_hits],
  ['decr', 'miss', ({ decr_misses }) => decr_misses],
  ['cas', 'hit', ({ cas_hits }) => cas_hits],
  ['cas', 'miss', ({ cas_misses }) => cas_misses],
  ['cas', 'badval', ({ cas_badval }) => cas_badval],
  ['touch', 'hit', ({ touch_hits }) => touch_hits],
  ['touch', 'miss', ({ touch_misses }) => touch_misses],
  ['flush', 'hit', ({ cmd_flush }) => cmd_flush],
  // A `cas` is counted by `cmd_set` too.
  [
    'set',
    'hit',
    ({ cmd_set, cas_hits, cas_misses, cas_badval }) =>
      difference(cmd_set, cas_hits, cas_misses, cas_badval),
  ],
]

export const SLAB_COMMANDS: readonly Command<SlabClass>[] = [
  ['get', 'hit', ({ get_hits }) => get_hits],
  ['delete', 'hit', ({ delete_hits }) => delete_hits],
  ['incr', 'hit', ({ incr_hits }) => incr_hits],
  ['decr', 'hit', ({ decr_hits }) => decr_hits],
  ['cas', 'hit', ({ cas_hits }) => cas_hits],
  ['cas', 'badval', ({ cas_badval }) => cas_badval],
  ['touch', 'hit', ({ touch_hits }) => touch_hits],
  ['set', 'hit', ({ cmd_set, cas_hits, cas_badval }) => difference(cmd_set, cas_hits, cas_badval)],
]

function difference(
  all: number | undefined,
  ...parts: readonly (number | undefined)[]
): number | undefined {
  return all === undefined
    ? undefined
    : all - parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
}
