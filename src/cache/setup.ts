import type { Clock } from '../clock.ts'
import type { CacheOptions } from './settings.ts'

/** What a `Cache` is made with, besides its backend. */
export interface CacheSetup extends CacheOptions {
  /**
   * Its name in messages and figures.
   *
   * @default 'default'
   */
  readonly alias?: string
  /**
   * Leaves the backend open on `close()`, for one that is shared.
   *
   * @default false
   */
  readonly sharesBackend?: boolean
  /** Default: the system's. Give the backend the same one. */
  readonly clock?: Clock
  /** Chance, from 0 to below 1: what `jitter` shortens lifetimes by. Default: `Math.random`. */
  readonly random?: () => number
}
