import { type Duration, parseDuration, type Seconds } from '../units.ts'

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
  /** What the origin calls this state of the value. */
  readonly etag?: string | undefined
}

/** Returns a stale window in seconds. */
export function parseWindow(option: string, window: Duration | undefined): Seconds {
  return window === undefined ? 0 : Math.max(0, parseDuration(option, window))
}
