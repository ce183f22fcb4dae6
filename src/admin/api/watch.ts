/**
 * What `POST api/watch` takes and answers: what one server did for up to five seconds.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../../units.ts'

export interface WatchRequest {
  readonly server: string
  readonly kinds: readonly ('fetchers' | 'mutations' | 'evictions' | 'connevents')[]
  /** 1 to 5. */
  readonly seconds: Seconds
}

export interface WatchedRow {
  readonly atMs: Milliseconds
  readonly type: string
  /** `null`: it has none, or `values` does not allow to show it. */
  readonly key: string | null
  readonly text: string
}

export interface WatchReply {
  readonly schemaVersion: 1
  readonly server: string
  readonly seconds: Seconds
  /** What came, and what the server says that it left out. */
  readonly seen: number
  readonly skipped: number
  readonly dropped: number
  /** Seen, of all that there were. `null`: there was nothing. */
  readonly sampleRate: number | null
  /** `true`: it ended early, at the most events that are taken. */
  readonly full: boolean
  readonly counts: readonly { readonly type: string; readonly count: number }[]
  /** Most asked for first; the look-up that belongs to a write is not counted. */
  readonly keys: readonly { readonly key: string; readonly count: number }[]
  readonly events: readonly WatchedRow[]
}
