/**
 * What `GET api/overview` answers and each event of `GET api/live` carries. The names are a contract:
 * one that is removed or gets another meaning raises `schemaVersion`.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import {
  type AliasCounts,
  type AliasTraffic,
  addCounts,
  aliasHitRatio,
  aliasTraffic,
  countsBetween,
  NO_COUNTS,
} from './alias-figures.ts'
import type { Reading } from './counters.ts'
import { baseline, intervalBetween } from './figures.ts'
import type { HistoryPoint, Marker, Sample } from './history.ts'
import {
  finite,
  type ServerFigures,
  serverFigures,
  type TotalFigures,
  totalFigures,
} from './server-figures.ts'
import { type MemoryStore, type StoreFigures, storeFigures } from './store-figures.ts'

/** One server, and what the kept history says of it. */
export interface ServerOverview extends ServerFigures {
  /** Within the history that is kept. */
  readonly restarts: number
}

/**
 * One alias, as this process uses it, and the store that it is on. Aliases that share a store show
 * the same figures of it; on another backend there are none.
 */
export interface AliasOverview extends AliasTraffic, StoreFigures {
  readonly alias: string
  readonly backend: string
  readonly keyPrefix: string
  readonly version: string
  /** `null`: entries never expire by themselves. */
  readonly ttl: Seconds | null
  readonly hitRatioSinceStart: number | null
  readonly errorsSinceStart: number
}

/** All stores in this process together, each counted once however many aliases are on it. */
export interface MemoryFigures extends StoreFigures {
  readonly stores: number
}

export interface Overview {
  readonly schemaVersion: 1
  readonly title: string
  /** `NODE_ENV`, or `development` where it is not set. */
  readonly environment: string
  readonly readOnly: boolean
  readonly atMs: Milliseconds
  readonly sampleMs: Milliseconds
  /** How far back the interval reaches that was asked for; `seconds` says how far it did. */
  readonly windowSeconds: Seconds
  readonly seconds: Seconds | null
  /** All servers together, as they saw it: from every process, before Reprise judged freshness. */
  readonly total: TotalFigures
  /** All aliases together, as this process saw it. */
  readonly application: AliasTraffic
  readonly memory: MemoryFigures
  readonly servers: readonly ServerOverview[]
  readonly aliases: readonly AliasOverview[]
  readonly history: {
    readonly points: readonly HistoryPoint[]
    readonly markers: readonly Marker[]
  }
}

/** What of an alias does not change. */
export interface AliasFacts {
  readonly alias: string
  readonly backend: string
  readonly keyPrefix: string
  readonly version: string
  readonly ttl: Seconds
  /** `undefined`: it is not on a store in this process. */
  readonly store: MemoryStore | undefined
}

export interface OverviewInput {
  readonly title: string
  readonly environment: string
  readonly readOnly: boolean
  readonly sampleMs: Milliseconds
  readonly windowSeconds: Seconds
  readonly aliases: readonly AliasFacts[]
  readonly samples: readonly Sample[]
  readonly markers: readonly Marker[]
}

/** `undefined` before the first sample. */
export function buildOverview(input: OverviewInput): Overview | undefined {
  const { samples, markers, aliases, windowSeconds } = input
  const last = samples.at(-1)
  if (last === undefined) return undefined
  // Rounds begin a little late each time: ten of them are somewhat more than ten seconds.
  const windowMs = windowSeconds * 1000 + input.sampleMs / 2
  const before = sampleBefore(samples, windowMs)
  const seconds = before === undefined ? undefined : (last.at - before.at) / 1000
  const servers = last.servers.map((reading, i) => ({
    reading,
    interval: intervalBetween(baseline(readingsOf(samples, i), windowMs), reading),
  }))
  const stores = [...last.stores.keys()]
  const changes = aliases.map(({ alias }) => changeOf(alias, before, last))
  return {
    schemaVersion: 1,
    title: input.title,
    environment: input.environment,
    readOnly: input.readOnly,
    atMs: last.wallMs,
    sampleMs: input.sampleMs,
    windowSeconds,
    seconds: seconds ?? null,
    total: totalFigures(servers),
    application: aliasTraffic(changes.reduce(addCounts, NO_COUNTS), seconds),
    memory: { stores: stores.length, ...usageOf(stores) },
    servers: servers.map((observed) => ({
      ...serverFigures(observed),
      restarts: markers.filter(({ server }) => server === observed.reading.server).length,
    })),
    aliases: aliases.map(({ store, ...facts }, i) => {
      const counts = last.aliases.get(facts.alias) ?? NO_COUNTS
      return {
        ...facts,
        ttl: finite(facts.ttl),
        ...aliasTraffic(changes[i] ?? NO_COUNTS, seconds),
        hitRatioSinceStart: aliasHitRatio(counts),
        errorsSinceStart: counts.errors,
        ...usageOf(store === undefined ? [] : [store]),
      }
    }),
    history: { points: samples.map(({ point }) => point), markers },
  }

  function usageOf(some: readonly MemoryStore[]): StoreFigures {
    const at = (sample: Sample | undefined) => {
      return some.flatMap((store) => sample?.stores.get(store) ?? [])
    }
    return storeFigures(at(last), at(before), seconds)
  }
}

/** The oldest sample within the window, or else the one before the last. */
function sampleBefore(samples: readonly Sample[], windowMs: Milliseconds): Sample | undefined {
  const last = samples.at(-1)
  if (last === undefined || samples.length < 2) return undefined
  const oldest = samples.find(({ at }) => at >= last.at - windowMs)
  return oldest === undefined || oldest === last ? samples.at(-2) : oldest
}

function readingsOf(samples: readonly Sample[], position: number): Reading[] {
  return samples.flatMap(({ servers }) => servers[position] ?? [])
}

function changeOf(alias: string, before: Sample | undefined, last: Sample): AliasCounts {
  const then = before?.aliases.get(alias) ?? NO_COUNTS
  return countsBetween(then, last.aliases.get(alias) ?? NO_COUNTS)
}
