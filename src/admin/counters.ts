import type { Bytes, Milliseconds, Seconds } from '../units.ts'

/** What one answer to `stats` and `stats slabs` says. `NaN` where a server does not tell. */
export interface Counters {
  readonly pid: number
  readonly uptime: Seconds
  readonly version: string
  readonly hits: number
  readonly misses: number
  readonly gets: number
  readonly sets: number
  /** Gets, sets, touches, deletes and arithmetic. */
  readonly operations: number
  readonly evictions: number
  readonly items: number
  readonly memoryUsedBytes: Bytes
  readonly memoryLimitBytes: Bytes
  /** Open ones and the file descriptors that the server keeps for itself. */
  readonly connections: number
  readonly connectionLimit: number
}

/** One server in one round of the sampler: its counters, or why there are none. */
export interface Reading {
  readonly server: string
  /** Monotonic; when the round began. */
  readonly at: Milliseconds
  readonly counters: Counters | undefined
  readonly error: string | undefined
}

type Stats = Readonly<Record<string, string>>

/** A version is told to be a short word; what a hostile server sends instead is cut. */
const VERSION_CHARACTERS = 60

const OPERATIONS = [
  'cmd_get',
  // `cas`, `add` and `replace` count here too, stored or not; they are not added a second time.
  'cmd_set',
  // `gat` and `mg … T` count here and nowhere else.
  'cmd_touch',
  'delete_hits',
  'delete_misses',
  'incr_hits',
  'incr_misses',
  'decr_hits',
  'decr_misses',
] as const

/**
 * Source: memcached doc/protocol.txt, "General-purpose statistics", and "Slab statistics" for
 * `total_malloced`. `cmd_meta` is not read: 1.6.18 counts only `me` there.
 */
export function parseCounters(stats: Stats, slabs: Stats): Counters {
  return {
    pid: count(stats, 'pid'),
    uptime: count(stats, 'uptime'),
    version: (stats.version ?? '').slice(0, VERSION_CHARACTERS),
    hits: count(stats, 'get_hits'),
    misses: count(stats, 'get_misses'),
    gets: count(stats, 'cmd_get'),
    sets: count(stats, 'cmd_set'),
    operations: OPERATIONS.reduce((sum, name) => sum + count(stats, name), 0),
    evictions: count(stats, 'evictions'),
    items: count(stats, 'curr_items'),
    // Not `bytes`: under 3,000 evictions a second it was at 83 % of the limit, with all pages taken.
    memoryUsedBytes: count(slabs, 'total_malloced'),
    memoryLimitBytes: count(stats, 'limit_maxbytes'),
    // A server started with `-c 64 -t 4` refuses the 41st: it keeps `reserved_fds` for its threads.
    connections: count(stats, 'curr_connections') + count(stats, 'reserved_fds'),
    connectionLimit: count(stats, 'max_connections'),
  }
}

function count(stats: Stats, name: string): number {
  const text = Object.hasOwn(stats, name) ? stats[name] : undefined
  return text === undefined || text === '' ? Number.NaN : Number(text)
}
