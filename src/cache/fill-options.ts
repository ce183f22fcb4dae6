import { optionError } from '../errors.ts'
import { type Duration, parseDuration, type Seconds } from '../units.ts'
import type { TagVersions } from './backend.ts'

/** How a computed value is kept. */
export interface FillOptions {
  /** Default: the alias's. 0 or less: it is not kept, and neither is an old value. */
  readonly ttl?: Duration | undefined
  /** Kept for so long after its ttl, to be served while one caller computes anew. Default: 0. */
  readonly staleWhileRevalidate?: Duration | undefined
  /** Kept for so long after its ttl, to be served where computing anew fails. Default: 0. */
  readonly staleIfError?: Duration | undefined
}

/** How the value of a {@link Lease} is kept. */
export interface LeaseFillOptions extends FillOptions {
  /**
   * Tags, besides those that the key was read with. Such late ones need `lateTags` there: the value
   * is refused without it, and where any tag of the alias was invalidated meanwhile.
   */
  readonly tags?: Iterable<string> | undefined
  /**
   * Tags of other values that this one was made of, as `lookup` or their leases told them: it is
   * valid no longer than they are. Where a tag has one version here and another in the lease, it was
   * invalidated in between, and the value is refused.
   */
  readonly carries?: TagVersions | undefined
  /** What the origin calls this state of the value. */
  readonly etag?: string | undefined
}

/** Returns a stale window in seconds. @throws {@link CacheError} `ERR_OPTION_INVALID` below 0. */
export function parseWindow(option: string, window: Duration | undefined): Seconds {
  if (window === undefined) return 0
  const seconds = parseDuration(option, window)
  if (seconds < 0) throw optionError(option, window, 'a duration of 0 or more')
  return seconds
}
