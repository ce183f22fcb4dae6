import { optionError } from '../errors.ts'
import type { TextCommand } from './command.ts'
import { type ConnsStats, connsStats } from './connection-stats.ts'
import { type GeneralStats, generalStats } from './general-stats.ts'
import type { WireKey } from './key.ts'
import { type SettingsStats, settingsStats } from './settings-stats.ts'
import {
  type ItemsStats,
  itemsStats,
  type SizesStats,
  type SlabsStats,
  sizesStats,
  slabsStats,
} from './slab-stats.ts'
import { numberOf, type RawFigures, type Stats } from './stats.ts'

// Commands about a server, or about what it knows of an item, rather than about a value.

/** The figures of memcached's own proxy, numbers as numbers: `stats proxy`. */
export interface ProxyStats extends RawFigures {
  readonly figures: ReadonlyMap<string, number | string>
}

/** What each kind of `stats` tells. */
export interface StatsByKind {
  general: GeneralStats
  items: ItemsStats
  slabs: SlabsStats
  sizes: SizesStats
  settings: SettingsStats
  conns: ConnsStats
  proxy: ProxyStats
}

export type StatsKind = keyof StatsByKind

/** What reads the answer of each kind. */
export const STATS_READERS: {
  readonly [Kind in StatsKind]: (stats: Stats) => StatsByKind[Kind]
} = {
  general: generalStats,
  items: itemsStats,
  slabs: slabsStats,
  sizes: sizesStats,
  settings: settingsStats,
  conns: connsStats,
  proxy: proxyStats,
}

function proxyStats(stats: Stats): ProxyStats {
  const figures = Object.entries(stats).map(([name, text]): [string, number | string] => [
    name,
    numberOf(text) ?? text,
  ])
  return { figures: new Map(figures), raw: stats }
}

/** Source: memcached doc/protocol.txt, "Statistics". */
export function stats(kind: StatsKind): TextCommand {
  if (typeof kind !== 'string' || !Object.hasOwn(STATS_READERS, kind)) {
    throw optionError('kind', kind, `one of ${Object.keys(STATS_READERS).join(', ')}, or left out`)
  }
  return { verb: 'stats', line: kind === 'general' ? 'stats' : `stats ${kind}` }
}

// Signed 32-bit, in seconds since 1970 where it is more than 30 days.
const LAST_MOMENT = 0x7fff_ffff

/** `delay` in whole seconds, or the moment itself; 0: at once. */
export function flushAll(delay: number): TextCommand {
  if (!Number.isInteger(delay) || delay < 0 || delay > LAST_MOMENT) {
    throw optionError('delay', delay, 'seconds, 0 or more')
  }
  return { verb: 'flush_all', line: delay === 0 ? 'flush_all' : `flush_all ${delay}` }
}

// 1.6.18 takes any number and goes no higher.
const MAX_VERBOSITY = 2

/** Source: memcached doc/protocol.txt, "verbosity". */
export function verbosity(level: number): TextCommand {
  if (!Number.isInteger(level) || level < 0 || level > MAX_VERBOSITY) {
    throw optionError('level', level, `a whole number from 0 to ${MAX_VERBOSITY}`)
  }
  return { verb: 'verbosity', line: `verbosity ${level}` }
}

// The server reads it into an unsigned 32-bit number.
const MAX_MEGABYTES = 0xffff_ffff

/** Source: memcached doc/protocol.txt, "cache_memlimit". */
export function cacheMemlimit(megabytes: number): TextCommand {
  if (!Number.isInteger(megabytes) || megabytes < 1 || megabytes > MAX_MEGABYTES) {
    throw optionError('megabytes', megabytes, `a whole number from 1 to ${MAX_MEGABYTES}`)
  }
  return { verb: 'cache_memlimit', line: `cache_memlimit ${megabytes}` }
}

/** Source: memcached doc/protocol.txt, "Meta Debug". Its answer has no opaque: order tells it. */
export function inspect(key: WireKey): TextCommand {
  return { verb: 'me', line: `me ${key.token}${key.base64 ? ' b' : ''}`, subject: key }
}
