import { type Figures, type RawFigures, readFigures, type Stats } from './stats.ts'

// Source: memcached doc/protocol.txt, "General-purpose statistics", and the answer of 1.6.18. Under
// the server's own names, which every manual, alarm and dashboard uses.
const GENERAL = {
  pid: 'number',
  /** Seconds since the server was started. */
  uptime: 'number',
  /** Unix time in seconds, by the server's clock. */
  time: 'number',
  version: 'string',
  libevent: 'string',
  /** Bits. */
  pointer_size: 'number',
  /** Seconds of processor time. */
  rusage_user: 'number',
  rusage_system: 'number',

  max_connections: 'number',
  curr_connections: 'number',
  total_connections: 'number',
  /** Turned away because there were too many. */
  rejected_connections: 'number',
  connection_structures: 'number',
  /** Connections that the server keeps for itself: they count against `max_connections`. */
  reserved_fds: 'number',
  accepting_conns: 'boolean',
  listen_disabled_num: 'number',
  time_in_listen_disabled_us: 'number',
  /** How often a connection had to let others go first, having sent many commands at once. */
  conn_yields: 'number',
  threads: 'number',
  response_obj_oom: 'number',
  response_obj_count: 'number',
  response_obj_bytes: 'number',
  read_buf_count: 'number',
  read_buf_bytes: 'number',
  read_buf_bytes_free: 'number',
  read_buf_oom: 'number',
  bytes_read: 'number',
  bytes_written: 'number',
  unexpected_napi_ids: 'number',
  round_robin_fallback: 'number',

  cmd_get: 'number',
  /** Stored or not: refused `add`, `replace` and `cas` count too. */
  cmd_set: 'number',
  cmd_flush: 'number',
  /** `touch`, `gat` and `mg` with `T`. */
  cmd_touch: 'number',
  /** 1.6.18 counts only `me` here. */
  cmd_meta: 'number',
  /** With the vivified misses and the stale hits of `mg`. */
  get_hits: 'number',
  get_misses: 'number',
  get_expired: 'number',
  get_flushed: 'number',
  delete_misses: 'number',
  delete_hits: 'number',
  incr_misses: 'number',
  incr_hits: 'number',
  decr_misses: 'number',
  decr_hits: 'number',
  cas_misses: 'number',
  cas_hits: 'number',
  cas_badval: 'number',
  touch_hits: 'number',
  touch_misses: 'number',
  store_too_large: 'number',
  store_no_memory: 'number',
  auth_cmds: 'number',
  auth_errors: 'number',

  /** Of the items, headers included. The pages taken are `total_malloced` of the slabs. */
  bytes: 'number',
  limit_maxbytes: 'number',
  curr_items: 'number',
  total_items: 'number',
  slab_global_page_pool: 'number',
  evictions: 'number',
  evicted_unfetched: 'number',
  /** Read not long before: the memory is too small even for what is in use. */
  evicted_active: 'number',
  expired_unfetched: 'number',
  reclaimed: 'number',
  crawler_reclaimed: 'number',
  crawler_items_checked: 'number',
  /** A write had to make room itself. */
  direct_reclaims: 'number',
  malloc_fails: 'number',
  lrutail_reflocked: 'number',
  moves_to_cold: 'number',
  moves_to_warm: 'number',
  moves_within_lru: 'number',
  lru_bumps_dropped: 'number',
  lru_crawler_running: 'boolean',
  lru_crawler_starts: 'number',
  lru_maintainer_juggles: 'number',
  hash_power_level: 'number',
  hash_bytes: 'number',
  hash_is_expanding: 'boolean',
  slab_reassign_rescues: 'number',
  slab_reassign_chunk_rescues: 'number',
  slab_reassign_evictions_nomem: 'number',
  slab_reassign_inline_reclaim: 'number',
  slab_reassign_busy_items: 'number',
  slab_reassign_busy_deletes: 'number',
  slab_reassign_running: 'boolean',
  slabs_moved: 'number',

  /** Events that no watcher saw, because they came too fast. */
  log_worker_dropped: 'number',
  log_worker_written: 'number',
  /** Events that a watcher did not see, because it read too slowly. */
  log_watcher_skipped: 'number',
  log_watcher_sent: 'number',
  log_watchers: 'number',
} as const

/**
 * A server's own figures: `stats`. Counters count from its start, or from a `stats reset`. Numbers
 * beyond 2^53 are the nearest that a `number` has.
 */
export type GeneralStats = Figures<typeof GENERAL> & RawFigures

export function generalStats(stats: Stats): GeneralStats {
  return { ...readFigures(GENERAL, stats), raw: stats }
}
