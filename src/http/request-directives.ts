/**
 * What a request asks of a cache: RFC 9111 section 5.2.1.
 *
 * @module
 */

import type { Seconds } from '../units.ts'
import { directiveSeconds, parseCacheControl } from './cache-control.ts'
import type { PageRequest } from './message.ts'

/** `undefined` and `false`: the request says nothing of it. */
export interface RequestDirectives {
  /** Ask the handler before anything is served from the cache. */
  readonly noCache: boolean
  /** Keep nothing of this request and of its answer. */
  readonly noStore: boolean
  /** Answer from the cache, or with a 504. */
  readonly onlyIfCached: boolean
  /** The oldest page that is wanted. */
  readonly maxAge: Seconds | undefined
  /** For so long it must be fresh yet. */
  readonly minFresh: Seconds | undefined
  /** For so long it may have been stale; `Infinity`: however long. */
  readonly maxStale: Seconds | undefined
}

export const NO_DIRECTIVES: RequestDirectives = Object.freeze({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
})

/**
 * Reads them. `Pragma: no-cache` counts where there is no `Cache-Control`, as in section 5.4.
 *
 * What is no number of seconds asks for the most careful thing: an age of 0, or never stale.
 */
export function parseRequestDirectives(request: PageRequest): RequestDirectives {
  const text = request.header('cache-control')
  const told = text ?? request.header('pragma')
  if (told === undefined) return NO_DIRECTIVES
  const control = parseCacheControl(told)
  if (control.size === 0) return NO_DIRECTIVES
  if (text === undefined) return { ...NO_DIRECTIVES, noCache: control.has('no-cache') }
  return {
    noCache: control.has('no-cache'),
    noStore: control.has('no-store'),
    onlyIfCached: control.has('only-if-cached'),
    maxAge: directiveSeconds(control, 'max-age'),
    minFresh: minFreshOf(control.get('min-fresh')),
    maxStale: control.get('max-stale')?.every((value) => value === '')
      ? Number.POSITIVE_INFINITY
      : directiveSeconds(control, 'max-stale'),
  }
}

/** Of several the most counts. What is no number asks for a page that nobody has. */
function minFreshOf(values: readonly string[] | undefined): Seconds | undefined {
  if (values === undefined) return undefined
  return Math.max(...values.map((value) => (/^\d+$/.test(value) ? Number(value) : Infinity)))
}
