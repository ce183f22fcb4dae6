/**
 * What `GET api/history?resolution=` answers: the curves of the last ten minutes by seconds (`1`), six
 * hours by ten seconds (`10`), or a day by minutes (`60`).
 *
 * @module
 */

import type { Seconds } from '../../units.ts'
import type { HistoryPoint, Marker } from '../history.ts'

export interface HistoryReply {
  readonly schemaVersion: 1
  readonly resolution: Seconds
  /** Points are made while the servers are sampled: between two looks there may be none. */
  readonly points: readonly HistoryPoint[]
  readonly markers: readonly Marker[]
}
