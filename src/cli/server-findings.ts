import { ratio } from '../admin/figures.ts'
import { formatBytes, formatCount, formatDuration, formatPercent } from '../admin/format.ts'
import type { Seconds } from '../units.ts'
import type { Checkup } from './checkup.ts'
import { listensTo, reachOf } from './exposure.ts'
import { type Finding, Findings } from './finding.ts'
import { reasonOf } from './reason.ts'

/** What `stats` and its kin tell of one server, judged. Pure. */
export function serverFindings(checkup: Checkup): readonly Finding[] {
  const found = new Findings(checkup.server)
  if (checkup.after === undefined) {
    unreachable(found, checkup)
    return found.all
  }
  versionFindings(found, checkup)
  settingFindings(found, checkup)
  exposureFindings(found, checkup)
  memoryFindings(found, checkup)
  connectionFindings(found, checkup)
  otherFindings(found, checkup)
  return found.all
}

function unreachable(found: Findings, { error }: Checkup): void {
  if (error?.code === 'ERR_AUTH') {
    found.problem(
      'login-refused',
      `It lets nobody in: ${reasonOf(error)}`,
      'Set CACHE_URL to memcached://user:password@host, as its -Y file has it.',
    )
    return
  }
  found.problem(
    'unreachable',
    `It does not answer: ${reasonOf(error ?? 'nothing came.')}`,
    'Start it, or correct the address; until then its share of the keys misses.',
  )
}

// What this package's commands need; the counts of versions below are of CVE-2020-22570 and the
// release notes.
const OLDEST = [1, 6, 18] as const

export function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(/[.\-_]/).map(Number)
  for (const [i, least] of than.entries()) {
    const part = parts[i]
    // Of services that call themselves something else nothing is known.
    if (version === '' || part === undefined || Number.isNaN(part)) return false
    if (part !== least) return part < least
  }
  return false
}

function versionFindings(found: Findings, { after }: Checkup): void {
  const version = after?.version ?? ''
  if (!isOlder(version, OLDEST)) return
  found.problem(
    'version-old',
    `It is memcached ${version}, which lacks commands that Reprise uses.`,
    `Install ${OLDEST.join('.')} or later.`,
  )
}

function settingFindings(found: Findings, { settings, maxValueBytes }: Checkup): void {
  if (settings === undefined) return
  if (settings.cas_enabled === false) {
    found.problem(
      'cas-off',
      'It was started with -C, so it cannot tell a value from the one before.',
      'Start it without -C: leases and safe writes need it.',
    )
  }
  if (settings.evictions === false) {
    found.problem(
      'evictions-off',
      'It was started with -M, so once it is full it stores nothing more.',
      'Start it without -M: a cache drops the old for the new.',
    )
  }
  const { item_size_max: largest } = settings
  if (largest !== undefined && maxValueBytes > largest) {
    found.problem(
      'value-limit',
      `It takes items of up to ${formatBytes(largest)}, and an alias sends values of up to ${formatBytes(maxValueBytes)}.`,
      'Start it with a larger -I, or set maxValueBytes to less, or chunked to true.',
    )
  }
  if (settings.dump_enabled === false) {
    found.advice(
      'dump-off',
      'It does not list keys (-X): "keys", "versions bump" and clear() of an alias do not work.',
      'Start it without -X, or end what an alias holds by raising its version.',
    )
  }
  if (settings.lru_crawler === false) {
    found.advice(
      'crawler-off',
      'Its crawler is off: what has expired takes memory until it is evicted.',
      'Start it with -o lru_crawler, the default of 1.6.',
    )
  }
}

function exposureFindings(found: Findings, { server, settings }: Checkup): void {
  if (settings === undefined) return
  const isOpen = settings.auth_enabled_ascii !== true && settings.auth_enabled_sasl !== true
  if (settings.udpport !== undefined && settings.udpport > 0) {
    found.problem(
      'udp-on',
      `It answers UDP on port ${settings.udpport}, by which others can be flooded (CVE-2018-1000115).`,
      'Start it with -U 0: nothing of Reprise uses UDP.',
    )
  }
  if (settings.shutdown_command === true) {
    found.problem(
      'shutdown-on',
      'Everybody who reaches it can stop it (-A).',
      'Start it without -A.',
    )
  }
  if (!isOpen) return
  const actions =
    'Let it listen on a private address only (-l), or ask for a password (-Y) with TLS.'
  if (reachOf(server) === 'world') {
    found.problem(
      'exposed',
      'It is on a public address and asks for no password: everybody can read and write all of it.',
      actions,
    )
  } else if (settings.domain_socket === undefined && listensTo(settings.inter) === 'world') {
    found.advice(
      'listens-everywhere',
      'It listens on every address of its machine and asks for no password: only a firewall guards it.',
      actions,
    )
  }
}

/** Within the last minutes a cache is as full as a restart left it. */
const COLD: Seconds = 300

function memoryFindings(found: Findings, checkup: Checkup): void {
  const { before, after, slabs, ttl } = checkup
  if (before === undefined || after === undefined) return
  const evicted = (after.evictions ?? 0) - (before.evictions ?? 0)
  const full = ratio(slabs?.total_malloced ?? null, after.limit_maxbytes ?? null)
  const lived = evictionAge(checkup)
  const size = formatBytes(after.limit_maxbytes ?? null)
  if ((after.store_no_memory ?? 0) > (before.store_no_memory ?? 0)) {
    found.problem(
      'no-memory',
      'It refuses to store: there is no memory left.',
      'Start it with more memory (-m), and without -M.',
    )
  }
  const isEarly = evicted > 0 && lived !== undefined && ttl !== undefined && lived < ttl
  if (isEarly) {
    found.problem(
      'evicts-early',
      `It is full (${size}): items go ${formatDuration(lived)} after their last use, before their ttl of ${formatDuration(ttl)} ends.`,
      'Start it with more memory (-m), add a server, or store less: shorter ttls, compression.',
    )
  } else if (evicted > 0) {
    found.advice(
      'evicts',
      `It is full (${size}) and drops ${formatCount(evicted)} items in the time of this look.`,
      'Look at "reprise stats items": as long as items live longer than their ttl, all is well.',
    )
  }
  if (evicted > 0 && full !== null && full < 0.9 && (after.slab_global_page_pool ?? 0) > 0) {
    found.advice(
      'class-starved',
      `It evicts while ${formatPercent(1 - full)} of its memory is free: items of one size have no pages left.`,
      'Start it with -o slab_automove=1, the default of 1.6.',
    )
  }
  const unread = ratio(after.evicted_unfetched ?? null, after.evictions ?? null)
  if (unread !== null && unread > 0.5 && (after.evictions ?? 0) > 1000) {
    found.advice(
      'unread',
      `${formatPercent(unread)} of what it evicted was never read.`,
      'Store less of what nobody asks for: such values take the place of those that are read.',
    )
  }
  if ((after.store_too_large ?? 0) > 0) {
    found.advice(
      'too-large',
      `${formatCount(after.store_too_large ?? 0)} values were too large for it since it started.`,
      'Start it with a larger -I, set chunked to true, or store less in one value.',
    )
  }
}

/** How long after its last use an item went that was evicted meanwhile: the shortest of all classes. */
export function evictionAge({ itemsBefore, itemsAfter }: Checkup): Seconds | undefined {
  const ages = [...(itemsAfter?.classes ?? [])].flatMap(([id, now]) => {
    const old = itemsBefore?.classes.get(id)
    return (now.evicted ?? 0) > (old?.evicted ?? 0) ? (now.evicted_time ?? []) : []
  })
  return ages.length === 0 ? undefined : Math.min(...ages)
}

const CONNECTIONS_FULL = 0.8

function connectionFindings(found: Findings, { before, after }: Checkup): void {
  if (after === undefined) return
  // Started with `-c 64 -t 4` a server refuses the 41st: it keeps some for itself.
  const used = (after.curr_connections ?? 0) + (after.reserved_fds ?? 0)
  const full = ratio(used, after.max_connections ?? null)
  const rejected = after.rejected_connections ?? 0
  if (rejected > (before?.rejected_connections ?? rejected)) {
    found.problem(
      'connections-refused',
      'It refuses connections: there are too many.',
      'Start it with a larger -c, or use one client for each process.',
    )
  } else if (full !== null && full >= CONNECTIONS_FULL) {
    found.problem(
      'connections-full',
      `${formatPercent(full)} of its connections are taken.`,
      'Start it with a larger -c before it refuses some, or use one client for each process.',
    )
  } else if (rejected > 0) {
    found.advice(
      'connections-were-refused',
      `It has refused ${formatCount(rejected)} connections since it started.`,
      'Start it with a larger -c, or use one client for each process.',
    )
  }
}

const SKEW: Seconds = 5
const HASH_LOAD = 1.5

function otherFindings(found: Findings, { after, skew }: Checkup): void {
  if (after === undefined) return
  if (Math.abs(skew) > SKEW) {
    found.problem(
      'clock-skew',
      `Its clock is ${formatDuration(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} this machine's.`,
      'Set both by NTP: ages and lifetimes over 30 days are told in absolute time.',
    )
  }
  if (after.uptime !== undefined && after.uptime < COLD && (after.curr_items ?? 0) > 0) {
    found.advice(
      'restarted',
      `It was started ${formatDuration(after.uptime)} ago.`,
      'If nobody meant that, see why: all it held was computed anew.',
    )
  }
  const buckets = after.hash_power_level === undefined ? null : 2 ** after.hash_power_level
  const load = ratio(after.curr_items ?? null, buckets)
  if (load !== null && load > HASH_LOAD && after.hash_is_expanding !== true) {
    found.advice(
      'hash-small',
      `Its hash table holds ${load.toFixed(1)} items for each place.`,
      'Start it with a larger -o hashpower.',
    )
  }
}
