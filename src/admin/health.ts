import type { Milliseconds, Seconds } from '../units.ts'
import type { Finding, HealthReply, Severity } from './api/health.ts'
import type { PageReply } from './api/pages.ts'
import type { ServerDetail } from './api/servers.ts'
import type { Detail } from './detail.ts'
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from './format.ts'
import { settingsFindings } from './health-settings.ts'
import type { HistoryPoint } from './history.ts'
import type { ServerFigures } from './server-figures.ts'

/** What of `stats settings` is looked at. */
export interface HealthSettings {
  readonly udpport?: number | undefined
  readonly inter?: string | undefined
  readonly tcpport?: number | undefined
  readonly auth_enabled_sasl?: boolean | undefined
  readonly auth_enabled_ascii?: boolean | undefined
  readonly ssl_enabled?: boolean | undefined
  readonly evictions?: boolean | undefined
  readonly slab_automove?: number | undefined
  readonly dump_enabled?: boolean | undefined
  readonly flush_enabled?: boolean | undefined
}

/** One server, as its figures say and as it is set up. */
export interface HealthServer {
  readonly figures: ServerFigures
  readonly restarts: number
  readonly keyShare: number | null
  readonly figured: ServerDetail
  /** `undefined`: it did not answer. */
  readonly detail: Detail | undefined
  readonly settings: HealthSettings | undefined
}

export interface HealthAlias {
  readonly alias: string
  readonly keyPrefix: string
  /** Where its keys are; the same for aliases on the same servers or in the same store. */
  readonly place: object | undefined
  readonly ttl: Seconds
  readonly errorsSinceStart: number
}

export interface HealthInput {
  readonly servers: readonly HealthServer[]
  readonly aliases: readonly HealthAlias[]
  readonly pages: readonly PageReply[]
  /** By ten seconds, oldest first. */
  readonly history: readonly HistoryPoint[]
  readonly nowMs: Milliseconds
}

const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

const HOUR_MS: Milliseconds = 3_600_000
const RECENT_MS: Milliseconds = 300_000
const MANY_VARIANTS = 100

/** All that is looked for, for who wants to know that it was. */
const CHECKS = 24

/** Says what is wrong, the worst first. Pure: all it knows is in `input`. */
export function healthOf(input: HealthInput): HealthReply {
  const findings = [
    ...input.servers.flatMap(serverFindings(input)),
    ...input.servers.flatMap(({ figures, settings, detail }) =>
      settingsFindings(figures.server, figures.version, settings, detail),
    ),
    ...fleetFindings(input),
    ...input.aliases.flatMap(aliasFindings(input)),
    ...input.pages.flatMap(pageFindings),
  ]
  findings.sort((a, b) => RANK[a.severity] - RANK[b.severity])
  return { schemaVersion: 1, findings, checks: CHECKS }
}

function serverFindings({ aliases }: HealthInput): (server: HealthServer) => Finding[] {
  const ttls = aliases.flatMap(({ ttl }) => (Number.isFinite(ttl) ? [ttl] : []))
  const typicalTtl = ttls.sort((a, b) => a - b)[Math.floor((ttls.length - 1) / 2)]
  return ({ figures, restarts, keyShare, figured, detail }) => {
    const { server, memoryFull, evictionsPerSecond, connectionsFull } = figures
    const found: Finding[] = []
    const say = (id: string, severity: Severity, sentence: string, advice: string): void => {
      found.push({ id, severity, server, alias: null, sentence, advice })
    }
    if (!figures.up) {
      const share = keyShare === null ? 'its share' : formatPercent(keyShare)
      const why = figures.error === null ? '' : ` ${figures.error}`
      say(
        'server-down',
        'critical',
        `${server} does not answer: ${share} of the keys miss.${why}`,
        'Start it again, or take it out of the list of servers: its keys then go to the others, all empty.',
      )
      return found
    }
    if (restarts > 0) {
      const times = restarts === 1 ? 'once' : `${restarts} times`
      say(
        'restarted',
        'warning',
        `${server} was restarted ${times} of late: it began empty.`,
        "Look into its log and the machine's: a server that is killed for its memory needs a smaller -m.",
      )
    }
    const evicts = evictionsPerSecond !== null && evictionsPerSecond > 0
    if (evicts && memoryFull !== null && memoryFull < 0.99) {
      say(
        'class-starved',
        'warning',
        `${server} evicts ${formatRate(evictionsPerSecond)} items per second although only ${formatPercent(memoryFull)} of its pages are taken: one size of items has no room.`,
        'Start it with `-o slab_reassign,slab_automove=1`, and see under "Memory" which class it is.',
      )
    } else if (evicts) {
      say(
        'memory-full',
        'info',
        `${server} is full and evicts ${formatRate(evictionsPerSecond)} items per second.`,
        'That is how a cache works. It is too small only where what it evicts is still wanted: see how old that is.',
      )
    }
    const age = figured.evictionAge
    if (age !== null && typicalTtl !== undefined && age < typicalTtl) {
      say(
        'evicted-early',
        'warning',
        `${server} evicts items after ${formatDuration(age)} without use, before the usual ttl of ${formatDuration(typicalTtl)} is over.`,
        'Give it more memory (-m), or keep fewer and smaller things: what is evicted is computed again.',
      )
    }
    if ((figured.activeEvictionsPerSecond ?? 0) > 0) {
      say(
        'active-evicted',
        'warning',
        `${server} evicts items that were read not long before.`,
        'Its memory is too small even for what is in use: give it more (-m), or add a server.',
      )
    }
    if ((figured.evictedUnfetched ?? 0) > 0.5 && evicts) {
      say(
        'filled-unread',
        'info',
        `${formatPercent(figured.evictedUnfetched)} of what ${server} evicts nobody has ever read.`,
        'Do not store what is read once: shorten its ttl, or see under "Keys" which prefix is never fetched.',
      )
    }
    if (connectionsFull !== null && connectionsFull > 0.8) {
      say(
        'connections-high',
        connectionsFull > 0.95 ? 'critical' : 'warning',
        `${server} has ${formatPercent(connectionsFull)} of the connections that it takes.`,
        'Start it with a higher -c, or see under "Connections" who holds them.',
      )
    }
    if ((figured.rejectedConnections ?? 0) > 0) {
      say(
        'connections-rejected',
        'critical',
        `${server} turned away ${formatCount(figured.rejectedConnections)} connections just now.`,
        'Start it with a higher -c: for who is turned away everything is a miss.',
      )
    }
    if ((figured.tooLargePerSecond ?? 0) > 0) {
      say(
        'too-large',
        'warning',
        `${server} refuses values that are too large (${formatRate(figured.tooLargePerSecond)} per second).`,
        'Compress them, split them (`chunked`), or start it with a higher -I on all servers.',
      )
    }
    if ((figured.outOfMemoryPerSecond ?? 0) > 0) {
      say(
        'out-of-memory',
        'critical',
        `${server} has no memory for some of what is to be stored.`,
        'Give it more memory (-m), and let it evict (start it without -M).',
      )
    }
    if (detail?.skew !== undefined && Math.abs(detail.skew) > 5) {
      const [by, way] = [
        formatDuration(Math.abs(detail.skew)),
        detail.skew > 0 ? 'ahead' : 'behind',
      ]
      say(
        'clock-skew',
        'warning',
        `The clock of ${server} is ${by} ${way} of this machine's.`,
        'Keep both by NTP: lifetimes over 30 days are sent as a time of day.',
      )
    }
    const expanding = detail?.general.hash_is_expanding === 1
    if (figured.hashLoad !== null && figured.hashLoad > 1.5 && !expanding) {
      say(
        'hash-full',
        'warning',
        `The hash table of ${server} has ${figured.hashLoad.toFixed(1)} items per slot and does not grow.`,
        'Start it with a higher `-o hashpower`.',
      )
    }
    return found
  }
}

function fleetFindings({ history, nowMs, servers }: HealthInput): Finding[] {
  const found: Finding[] = []
  const recent = mean(history.filter(({ atMs }) => atMs > nowMs - RECENT_MS))
  const before = mean(
    history.filter(({ atMs }) => atMs <= nowMs - RECENT_MS && atMs > nowMs - RECENT_MS - HOUR_MS),
  )
  if (recent !== null && before !== null && before - recent >= 0.1) {
    found.push({
      id: 'hit-ratio-down',
      severity: 'warning',
      server: null,
      alias: null,
      sentence: `The hit ratio of the last five minutes is ${formatPercent(recent)}, after ${formatPercent(before)} in the hour before.`,
      advice:
        'Was something deployed, flushed or restarted? A new version or prefix begins with an empty cache.',
    })
  }
  const limits = new Set(servers.flatMap(({ figures }) => figures.memoryLimitBytes ?? []))
  if (limits.size > 1) {
    const sizes = [...limits].sort((a, b) => a - b)
    found.push({
      id: 'unequal-memory',
      severity: 'info',
      server: null,
      alias: null,
      sentence: `The servers have between ${formatBytes(sizes[0] ?? null)} and ${formatBytes(sizes.at(-1) ?? null)} of memory.`,
      advice: 'Give each a weight by its memory, or the small ones evict what the large ones keep.',
    })
  }
  return found
}

/** Points are of equal spans, so that of their ratios the mean says enough to compare two times. */
function mean(points: readonly HistoryPoint[]): number | null {
  const ratios = points.flatMap(({ hitRatio }) => hitRatio ?? [])
  return ratios.length < 3 ? null : ratios.reduce((sum, one) => sum + one, 0) / ratios.length
}

function aliasFindings({ aliases }: HealthInput): (alias: HealthAlias) => Finding[] {
  return ({ alias, keyPrefix, place, errorsSinceStart }) => {
    const found: Finding[] = []
    const twin = aliases.find((other) => {
      return other.alias !== alias && other.place === place && other.keyPrefix === keyPrefix
    })
    // Said once of two.
    if (place !== undefined && twin !== undefined && alias < twin.alias) {
      found.push({
        id: 'prefix-shared',
        severity: 'warning',
        server: null,
        alias,
        sentence: `The aliases ${alias} and ${twin.alias} are in the same place under the same prefix: they share all keys.`,
        advice: 'Give each a `keyPrefix` of its own, unless that is what you want.',
      })
    }
    if (errorsSinceStart > 0) {
      found.push({
        id: 'alias-errors',
        severity: 'warning',
        server: null,
        alias,
        sentence: `The alias ${alias} had ${formatCount(errorsSinceStart)} errors since this process began.`,
        advice: 'See under "Aliases" which, and subscribe to the channel reprise:error for each.',
      })
    }
    return found
  }
}

function pageFindings({ alias, name, variants }: PageReply): Finding[] {
  if (variants === null || variants < MANY_VARIANTS) return []
  const page = name === '' ? 'Pages without a name' : `The page ${name}`
  return [
    {
      id: 'many-variants',
      severity: 'warning',
      server: null,
      alias,
      sentence: `${page} has ${formatCount(variants)} variants: hardly anybody meets one that is stored.`,
      advice:
        'Vary on less: map the header to a few values first, such as the language that is served.',
    },
  ]
}
