import { type Figures, type RawFigures, readFigures, type Stats } from './stats.ts'

// Source: memcached doc/protocol.txt, "Settings statistics", and the answer of 1.6.18.
const SETTINGS = {
  /** `-m`, in bytes. */
  maxbytes: 'number',
  /** `-c`. */
  maxconns: 'number',
  /** 0: off. */
  tcpport: 'number',
  /** 0: off. */
  udpport: 'number',
  /** The address it listens on; `undefined`: all. */
  inter: 'string',
  domain_socket: 'string',
  /** Of the socket, octal. */
  umask: 'string',
  verbosity: 'number',
  /** The age of the oldest item in seconds. */
  oldest: 'number',
  /** `false`: it refuses to store once it is full. */
  evictions: 'boolean',
  shutdown_command: 'boolean',
  growth_factor: 'number',
  chunk_size: 'number',
  num_threads: 'number',
  num_threads_per_udp: 'number',
  stat_key_prefix: 'string',
  detail_enabled: 'boolean',
  /** Commands of one connection that are run before others' turn: `-R`. */
  reqs_per_event: 'number',
  cas_enabled: 'boolean',
  tcp_backlog: 'number',
  binding_protocol: 'string',
  auth_enabled_sasl: 'boolean',
  auth_enabled_ascii: 'boolean',
  /** The largest item, with header and key: `-I`, in bytes. */
  item_size_max: 'number',
  maxconns_fast: 'boolean',
  hashpower_init: 'number',
  hash_algorithm: 'string',
  slab_reassign: 'boolean',
  slab_automove: 'number',
  slab_automove_ratio: 'number',
  slab_automove_window: 'number',
  slab_automove_freeratio: 'number',
  slab_chunk_max: 'number',
  lru_crawler: 'boolean',
  lru_crawler_sleep: 'number',
  lru_crawler_tocrawl: 'number',
  lru_maintainer_thread: 'boolean',
  lru_segmented: 'boolean',
  hot_lru_pct: 'number',
  warm_lru_pct: 'number',
  hot_max_factor: 'number',
  warm_max_factor: 'number',
  temp_lru: 'boolean',
  temporary_ttl: 'number',
  tail_repair_time: 'number',
  /** `false`: `flush_all` is refused (`-F`). */
  flush_enabled: 'boolean',
  /** `false`: listing keys is refused (`-X`). */
  dump_enabled: 'boolean',
  /** Seconds; 0: idle connections stay. */
  idle_timeout: 'number',
  watcher_logbuf_size: 'number',
  worker_logbuf_size: 'number',
  read_buf_mem_limit: 'number',
  /** `true`: `stats sizes` is answered. */
  track_sizes: 'boolean',
  inline_ascii_response: 'boolean',
  ext_item_size: 'number',
  ext_item_age: 'number',
  ext_low_ttl: 'number',
  ext_recache_rate: 'number',
  ext_wbuf_size: 'number',
  ext_compact_under: 'number',
  ext_drop_under: 'number',
  ext_max_sleep: 'number',
  ext_max_frag: 'number',
  ext_drop_unread: 'boolean',
  ssl_enabled: 'boolean',
  ssl_chain_cert: 'string',
  ssl_key: 'string',
  ssl_verify_mode: 'number',
  ssl_keyformat: 'number',
  ssl_ciphers: 'string',
  ssl_ca_cert: 'string',
  ssl_wbuf_size: 'number',
  ssl_session_cache: 'boolean',
  ssl_kernel_tls: 'boolean',
  ssl_min_version: 'string',
  num_napi_ids: 'string',
  memory_file: 'string',
} as const

/** How a server is set up: `stats settings`. */
export type SettingsStats = Figures<typeof SETTINGS> & RawFigures

export function settingsStats(stats: Stats): SettingsStats {
  return { ...readFigures(SETTINGS, stats), raw: stats }
}
