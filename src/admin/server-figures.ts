import type { Seconds } from '../units.ts'
import type { Reading } from './counters.ts'
import {
  hitRatioSinceStart,
  type Interval,
  type Occupancy,
  occupancy,
  type Traffic,
  traffic,
} from './figures.ts'

/** One server: traffic of an interval, and how full it is now. `null`: nothing to say. */
export interface ServerFigures extends Traffic, Occupancy {
  readonly server: string
  readonly up: boolean
  /** Why it is not up. */
  readonly error: string | null
  /** How long the interval was. `null`: there is none, as after the first sample or a restart. */
  readonly seconds: Seconds | null
  readonly uptime: Seconds | null
  readonly version: string | null
  /** Of this process of the server, or since its counters were set back. */
  readonly hitRatioSinceStart: number | null
}

/** All servers together, as they saw it: from every client. */
export interface TotalFigures extends Traffic, Occupancy {
  readonly servers: number
  readonly serversUp: number
}

/** A server's last reading, and what happened since the one it is compared with. */
export interface Observed {
  readonly reading: Reading
  readonly interval: Interval | undefined
}

export function serverFigures({ reading, interval }: Observed): ServerFigures {
  const { server, counters, error } = reading
  return {
    server,
    up: counters !== undefined,
    error: error ?? null,
    seconds: interval?.seconds ?? null,
    ...traffic(interval === undefined ? [] : [interval]),
    ...occupancy(counters === undefined ? [] : [counters]),
    uptime: finite(counters?.uptime),
    version: counters?.version ?? null,
    hitRatioSinceStart: counters === undefined ? null : hitRatioSinceStart(counters),
  }
}

export function totalFigures(servers: readonly Observed[]): TotalFigures {
  const up = servers.flatMap(({ reading }) => reading.counters ?? [])
  return {
    ...traffic(servers.flatMap(({ interval }) => interval ?? [])),
    ...occupancy(up),
    servers: servers.length,
    serversUp: up.length,
  }
}

/** JSON has neither `NaN` nor `Infinity`. */
export function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}
