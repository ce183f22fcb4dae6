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

const OTHERS = [
  'pid',
  'uptime',
  'get_hits',
  'get_misses',
  'evictions',
  'curr_items',
  'limit_maxbytes',
  'curr_connections',
  'reserved_fds',
  'max_connections',
] as const

type CounterName = (typeof OPERATIONS)[number] | (typeof OTHERS)[number]

/** What of the client's `GeneralStats` is read. The page is compiled without what Node has. */
export type GeneralFigures = { readonly [Name in CounterName]?: number | undefined } & {
  readonly version?: string | undefined
}

/** What of the client's `SlabsStats` is read. */
export interface SlabFigures {
  readonly total_malloced?: number | undefined
}

/** `cmd_meta` is not read: 1.6.18 counts only `me` there. */
export function countersOf(general: GeneralFigures, slabs: SlabFigures): Counters {
  const count = (name: CounterName): number => general[name] ?? Number.NaN
  return {
    pid: count('pid'),
    uptime: count('uptime'),
    version: (general.version ?? '').slice(0, VERSION_CHARACTERS),
    hits: count('get_hits'),
    misses: count('get_misses'),
    gets: count('cmd_get'),
    sets: count('cmd_set'),
    operations: OPERATIONS.reduce((sum, name) => sum + count(name), 0),
    evictions: count('evictions'),
    items: count('curr_items'),
    // Not `bytes`: under 3,000 evictions a second it was at 83 % of the limit, with all pages taken.
    memoryUsedBytes: slabs.total_malloced ?? Number.NaN,
    memoryLimitBytes: count('limit_maxbytes'),
    // A server started with `-c 64 -t 4` refuses the 41st: it keeps `reserved_fds` for its threads.
    connections: count('curr_connections') + count('reserved_fds'),
    connectionLimit: count('max_connections'),
  }
}
