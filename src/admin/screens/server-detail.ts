import type { ServerDetail } from '../api/servers.ts'
import type { Detail, Numbers } from '../detail.ts'
import { ratio } from '../figures.ts'
import type { Details } from '../sampler.ts'

/** Two moments of one process of a server, and the seconds between; `before` is `undefined` after a restart. */
export interface Span {
  readonly before: Detail | undefined
  readonly after: Detail
  readonly seconds: number | null
}

/** The last moment of `server`, and the earliest of those kept that it can be compared with. */
export function spanOf(details: readonly Details[], server: string): Span | undefined {
  const known = details.flatMap(({ byServer }) => byServer.get(server) ?? [])
  const after = known.at(-1)
  if (after === undefined || details.at(-1)?.byServer.get(server) !== after) return undefined
  let before: Detail | undefined
  for (const one of known.slice(0, -1).reverse()) {
    if (!isSameProcess(one, after)) break
    before = one
  }
  return {
    before,
    after,
    seconds: before === undefined ? null : (after.at - before.at) / 1000,
  }
}

function isSameProcess({ general: old, at }: Detail, { general: now, at: nowAt }: Detail): boolean {
  if (nowAt <= at || old.pid !== now.pid || number(now.uptime) < number(old.uptime)) return false
  return number(now.cmd_get) >= number(old.cmd_get) && number(now.cmd_set) >= number(old.cmd_set)
}

/** The figures of one server; `undefined`: it did not answer. */
export function serverDetail(span: Span | undefined): ServerDetail {
  const general = changeOf(span, ({ general }) => general)
  const now = (name: string): number | null => span?.after.general[name] ?? null
  const { delta, per } = general
  const pages = span?.after.slabTotals.total_malloced ?? null
  return {
    seconds: span?.seconds ?? null,
    rates: {
      get: per('cmd_get'),
      set: per('cmd_set'),
      touch: per('cmd_touch'),
      delete: per('delete_hits', 'delete_misses'),
      arithmetic: per('incr_hits', 'incr_misses', 'decr_hits', 'decr_misses'),
      cas: per('cas_hits', 'cas_misses', 'cas_badval'),
    },
    readHitRatio: ratio(
      delta('get_hits', 'touch_hits'),
      delta('get_hits', 'get_misses', 'touch_hits', 'touch_misses'),
    ),
    missesExpired: ratio(delta('get_expired'), delta('get_misses')),
    missesFlushed: ratio(delta('get_flushed'), delta('get_misses')),
    casConflicts: ratio(delta('cas_badval'), delta('cas_hits', 'cas_badval', 'cas_misses')),
    evictionAge: evictionAge(span),
    oldestItem: oldest(span?.after.items ?? new Map()),
    evictedUnfetched: ratio(delta('evicted_unfetched'), delta('evictions')),
    uselessWrites: ratio(delta('evicted_unfetched', 'expired_unfetched'), delta('total_items')),
    activeEvictionsPerSecond: per('evicted_active'),
    directReclaimsPerSecond: per('direct_reclaims'),
    expiredByCrawlerPerSecond: per('crawler_reclaimed'),
    reclaimedPerSecond: per('reclaimed'),
    tooLargePerSecond: per('store_too_large'),
    outOfMemoryPerSecond: rateOf(span, outOfMemory(span)),
    bytesReadPerSecond: per('bytes_read'),
    bytesWrittenPerSecond: per('bytes_written'),
    cpu: ratio(per('rusage_user', 'rusage_system'), now('threads')),
    threads: now('threads'),
    hashLoad: hashLoad(now('curr_items'), now('hash_power_level')),
    yieldsPerSecond: per('conn_yields'),
    rejectedConnections: delta('rejected_connections'),
    meanItemBytes: ratio(now('bytes'), now('curr_items')),
    efficiency: ratio(now('bytes'), pages),
    logLoss: ratio(delta('log_worker_dropped'), delta('log_worker_dropped', 'log_worker_written')),
  }
}

/** How counters changed over a span, summed, and per second. `null`: nothing to compare with. */
export interface Change {
  delta(...names: readonly string[]): number | null
  per(...names: readonly string[]): number | null
}

export function changeOf(
  span: Span | undefined,
  of: (detail: Detail) => Numbers | undefined,
): Change {
  const before = span?.before === undefined ? undefined : of(span.before)
  const after = span === undefined ? undefined : of(span.after)
  const delta = (...names: readonly string[]): number | null => {
    let sum = 0
    for (const name of names) {
      const now = after?.[name]
      // A class that was not there before has counted from 0.
      const old = before === undefined ? undefined : (before[name] ?? 0)
      if (now === undefined || old === undefined) return null
      sum += now - old
    }
    return sum
  }
  return { delta, per: (...names) => rateOf(span, delta(...names)) }
}

function rateOf(span: Span | undefined, change: number | null): number | null {
  return change === null || span === undefined || !span.seconds ? null : change / span.seconds
}

/** Of the classes that evict now, the least time that an evicted item had not been used. */
function evictionAge(span: Span | undefined): number | null {
  if (span?.before === undefined) return null
  const ages: number[] = []
  for (const [id, items] of span.after.items) {
    const evicted = number(items.evicted) - number(span.before.items.get(id)?.evicted)
    if (evicted > 0 && items.evicted_time !== undefined) ages.push(items.evicted_time)
  }
  return ages.length === 0 ? null : Math.min(...ages)
}

function outOfMemory(span: Span | undefined): number | null {
  const stored = changeOf(span, ({ general }) => general).delta('store_no_memory')
  if (span?.before === undefined || stored === null) return null
  let sum = stored
  for (const [id, items] of span.after.items) {
    sum += number(items.outofmemory) - number(span.before.items.get(id)?.outofmemory)
  }
  return sum
}

function oldest(items: ReadonlyMap<number, Numbers>): number | null {
  const ages = [...items.values()].flatMap(({ age }) => age ?? [])
  return ages.length === 0 ? null : Math.max(...ages)
}

function hashLoad(items: number | null, power: number | null): number | null {
  return items === null || power === null ? null : items / 2 ** power
}

export function number(value: number | undefined): number {
  return value ?? 0
}
