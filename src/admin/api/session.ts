/**
 * What `GET api/session` answers: who looks, and what they may do.
 *
 * @module
 */

import type { Milliseconds } from '../../units.ts'

/** What somebody may do. `view` is looking at figures; `values` shows keys, and what is under them. */
export type AdminPermission =
  | 'view'
  | 'values'
  | 'bump'
  | 'invalidate'
  | 'delete'
  | 'flush'
  | 'watch'

/** How much of keys and values is shown: neither, keys and what is known of them, or the start of values too. */
export type ShownValues = 'none' | 'meta' | 'preview'

export interface SessionReply {
  readonly schemaVersion: 1
  readonly title: string
  /** `NODE_ENV`, or `development` where it is not set. */
  readonly environment: string
  readonly user: string
  /** What is left of the user's permissions after `readOnly` and `values`. */
  readonly permissions: readonly AdminPermission[]
  readonly readOnly: boolean
  readonly values: ShownValues
  readonly sampleMs: Milliseconds
  readonly aliases: readonly string[]
  readonly servers: readonly string[]
}
