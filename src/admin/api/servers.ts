/**
 * What `GET api/servers` answers: every server in detail, and its place among the others.
 *
 * @module
 */

import type { Bytes, Milliseconds, Seconds } from '../../units.ts'
import type { ServerFigures } from '../server-figures.ts'

/** Operations per second by kind. `null`: nothing to compare with yet. */
export interface OperationRates {
  readonly get: number | null
  readonly set: number | null
  readonly touch: number | null
  readonly delete: number | null
  readonly arithmetic: number | null
  readonly cas: number | null
}

/** What one server's counters say, over `seconds`. `null`: nothing to say. */
export interface ServerDetail {
  readonly seconds: Seconds | null
  readonly rates: OperationRates
  /** With `gat` and `mg … T`, which the server counts apart. */
  readonly readHitRatio: number | null
  /** Of all misses: past their time, emptied away; the rest was never there, deleted or evicted. */
  readonly missesExpired: number | null
  readonly missesFlushed: number | null
  readonly casConflicts: number | null
  /** How long the item that was evicted last had not been used: how long items really live. */
  readonly evictionAge: Seconds | null
  readonly oldestItem: Seconds | null
  /** Of all evictions: nobody had ever read it. */
  readonly evictedUnfetched: number | null
  /** Of all writes: nobody ever read what they wrote. */
  readonly uselessWrites: number | null
  /** Evicted although read not long before, per second: too small even for what is in use. */
  readonly activeEvictionsPerSecond: number | null
  readonly directReclaimsPerSecond: number | null
  readonly expiredByCrawlerPerSecond: number | null
  readonly reclaimedPerSecond: number | null
  readonly tooLargePerSecond: number | null
  readonly outOfMemoryPerSecond: number | null
  readonly bytesReadPerSecond: number | null
  readonly bytesWrittenPerSecond: number | null
  /** Processor time of its `threads`. */
  readonly cpu: number | null
  readonly threads: number | null
  readonly hashLoad: number | null
  readonly yieldsPerSecond: number | null
  readonly rejectedConnections: number | null
  readonly meanItemBytes: Bytes | null
  /** Bytes of items, of the pages taken. */
  readonly efficiency: number | null
  /** Of log lines that watchers wanted: lost. */
  readonly logLoss: number | null
}

/** Who gets keys of a server that is taken out. */
export interface KeyReceiver {
  readonly server: string
  /** Of all keys, on top of what it has. */
  readonly share: number
}

export interface RingServer extends ServerFigures {
  readonly weight: number
  /** Of the keys, as measured with 10,000 of them: those that miss while it is away. */
  readonly keyShare: number | null
  /**
   * Who gets its keys once it is taken out of the list, the most first; while it is only away nobody
   * does. `null`: there is no other, or it is not known.
   */
  readonly receivers: readonly KeyReceiver[] | null
  /** Of what all servers did in the interval. */
  readonly trafficShare: number | null
  /** As the client of this process sees it. */
  readonly state: 'up' | 'down' | 'probing' | 'gutter' | 'removed' | 'unknown'
  readonly stateSinceMs: Milliseconds | null
  readonly connects: number
  readonly lastError: string | null
  readonly lastErrorAtMs: Milliseconds | null
  /** The aliases that live on it. */
  readonly aliases: readonly string[]
  /** How far its clock is from this machine's; whole seconds, and a busy server lags by one or two. */
  readonly clockSkew: Seconds | null
  readonly detail: ServerDetail
}

export interface ServersReply {
  readonly schemaVersion: 1
  readonly servers: readonly RingServer[]
}
