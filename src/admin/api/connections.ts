/**
 * What `GET api/connections?server=` answers.
 *
 * @module
 */

import type { Seconds } from '../../units.ts'

export interface ConnectionRow {
  readonly fd: number
  readonly address: string | null
  readonly state: string | null
  readonly idle: Seconds | null
}

export interface ConnectionsReply {
  readonly schemaVersion: 1
  readonly server: string
  readonly error: string | null
  readonly open: number | null
  readonly reserved: number | null
  readonly limit: number | null
  readonly full: number | null
  readonly rejectedSinceStart: number | null
  readonly yieldsPerSecond: number | null
  /** By peer, without its port: most connections first. */
  readonly peers: readonly { readonly peer: string; readonly count: number }[]
  readonly states: readonly { readonly state: string; readonly count: number }[]
  /** The first 500. */
  readonly connections: readonly ConnectionRow[]
}
