/**
 * What `GET api/hot-keys` answers: the keys that this process asks for most, by a sample.
 *
 * @module
 */

import type { Seconds } from '../../units.ts'

export interface HotKey {
  readonly alias: string
  /** `null`: `values` does not allow to show it. */
  readonly key: string | null
  /** Estimated, per second. */
  readonly perSecond: number
  /** Of all that were sampled. */
  readonly share: number
  /** The estimate may be too high by this much, per second. */
  readonly errorPerSecond: number
}

export interface HotKeysReply {
  readonly schemaVersion: 1
  /** One in a hundred is 0.01. */
  readonly sampleRate: number
  readonly sampled: number
  /** How long has been listened. Nobody listens while nobody looks. */
  readonly seconds: Seconds
  readonly keys: readonly HotKey[]
}
