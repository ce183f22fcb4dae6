/**
 * What `GET api/requests` answers: the last requests, and what each did with the caches.
 *
 * @module
 */

import type { Milliseconds } from '../../units.ts'

export interface RequestCall {
  /** `cache`, `page`, `fragment`, `compute` or `command`. */
  readonly kind: string
  readonly alias: string | null
  readonly operation: string
  readonly result: string
  /** Since the request began. */
  readonly startMs: Milliseconds
  readonly tookMs: Milliseconds
}

export interface RequestReply {
  readonly id: number
  readonly atMs: Milliseconds
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly status: number | null
  readonly tookMs: Milliseconds
  readonly hits: number
  readonly misses: number
  readonly calls: readonly RequestCall[]
  /** Calls beyond the first two hundred. */
  readonly left: number
}

export interface RequestsReply {
  readonly schemaVersion: 1
  /** `false`: `requestPanel` is not in use. */
  readonly collecting: boolean
  readonly requests: readonly RequestReply[]
}
