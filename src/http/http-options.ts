import { optionError } from '../errors.ts'
import { type Duration, parseDuration, type Seconds } from '../units.ts'

/** Who says for how long a page is fresh, and what else HTTP gives a say in. */
export interface PageHttpOptions {
  /**
   * `'site'`: the application does, by `ttl` and `cachePage`; only what is safe is stored. `'http'`:
   * the response alone does, as RFC 9111 has it for a shared cache; `ttl` cannot be given.
   *
   * @default 'site'
   */
  readonly mode?: 'site' | 'http'
  /**
   * For HTTP mode: header fields that stand in the place of `Cache-Control` and `Expires` for this
   * cache, the most specific first (RFC 9213).
   *
   * @default ['CDN-Cache-Control']
   */
  readonly targeted?: readonly string[]
  /**
   * For HTTP mode: a page that says nothing is fresh for this share of the time since its
   * `Last-Modified`, a day at most. 0: it is not stored.
   *
   * @default 0
   */
  readonly heuristic?: number
  /**
   * For HTTP mode: a page with an `ETag` or `Last-Modified` is kept for so long after its lifetime, to
   * ask its handler whether it changed.
   *
   * @default '1d'
   */
  readonly revalidateFor?: Duration
  /**
   * How long a page is still served after its lifetime where the handler answers with a 5xx or
   * throws. A `stale-if-error` of the page beats it; `must-revalidate` and `proxy-revalidate` forbid
   * it, in HTTP mode `s-maxage` and `no-cache` too.
   *
   * @default 0
   */
  readonly staleIfError?: Duration
  /**
   * Whether the `Cache-Control` of a request counts: `no-cache`, `no-store`, `max-age`, `min-fresh`,
   * `max-stale`, `only-if-cached`. With it every visitor can have a page rendered anew. `'mode'`: in
   * HTTP mode.
   *
   * @default 'mode'
   */
  readonly requestDirectives?: boolean | 'mode'
  /**
   * Whether a `POST`, `PUT`, `PATCH`, `DELETE` or unknown method that was answered with a 2xx or 3xx
   * removes the page at its address, and those that `Location` and `Content-Location` name at the
   * same origin. `'mode'`: in HTTP mode.
   *
   * @default 'mode'
   */
  readonly invalidatesOnUnsafe?: boolean | 'mode'
}

/** {@link PageHttpOptions} with the holes filled, durations in seconds and names in lower case. */
export interface ResolvedHttpOptions {
  readonly mode: 'site' | 'http'
  readonly targeted: readonly string[]
  readonly heuristic: number
  readonly revalidateFor: Seconds
  readonly staleIfError: Seconds
  readonly requestDirectives: boolean
  readonly invalidatesOnUnsafe: boolean
}

export const HTTP_DEFAULTS: Readonly<Required<PageHttpOptions>> = Object.freeze({
  mode: 'site',
  targeted: Object.freeze(['CDN-Cache-Control']),
  heuristic: 0,
  revalidateFor: '1d',
  staleIfError: 0,
  requestDirectives: 'mode',
  invalidatesOnUnsafe: 'mode',
})

/** Fills the holes and checks the rest. */
export function resolveHttpOptions(
  options: PageHttpOptions & { readonly ttl?: Duration },
): ResolvedHttpOptions {
  const {
    mode = HTTP_DEFAULTS.mode,
    targeted = HTTP_DEFAULTS.targeted,
    heuristic = HTTP_DEFAULTS.heuristic,
    revalidateFor = HTTP_DEFAULTS.revalidateFor,
    staleIfError = HTTP_DEFAULTS.staleIfError,
    requestDirectives = HTTP_DEFAULTS.requestDirectives,
    invalidatesOnUnsafe = HTTP_DEFAULTS.invalidatesOnUnsafe,
  } = options
  if (mode !== 'site' && mode !== 'http') throw optionError('mode', mode, "'site' or 'http'")
  if (mode === 'http' && options.ttl !== undefined) {
    const allowed = "left out with `mode: 'http'`: there the response says for how long it is fresh"
    throw optionError('ttl', options.ttl, allowed)
  }
  if (!(typeof heuristic === 'number' && heuristic >= 0 && heuristic <= 1)) {
    throw optionError('heuristic', heuristic, 'a share, from 0 to 1')
  }
  const ofMode = (option: string, value: boolean | 'mode'): boolean => {
    if (value === 'mode') return mode === 'http'
    if (typeof value === 'boolean') return value
    throw optionError(option, value, "true, false or 'mode'")
  }
  return {
    mode,
    targeted: checkTargeted(targeted),
    heuristic,
    revalidateFor: resolveWindow('revalidateFor', revalidateFor),
    staleIfError: resolveWindow('staleIfError', staleIfError),
    requestDirectives: ofMode('requestDirectives', requestDirectives),
    invalidatesOnUnsafe: ofMode('invalidatesOnUnsafe', invalidatesOnUnsafe),
  }
}

function checkTargeted(names: readonly string[]): readonly string[] {
  const areNames = Array.isArray(names) && names.every((name) => FIELD_NAME.test(String(name)))
  if (areNames) return names.map((name) => name.toLowerCase())
  throw optionError('targeted', names, 'a list of header fields such as "CDN-Cache-Control"')
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/

/** A window after the lifetime of a page in seconds, 0 or more; `Infinity` counts as a year. */
export function resolveWindow(option: string, window: Duration): Seconds {
  const seconds = parseDuration(option, window)
  if (seconds < 0) throw optionError(option, window, '0 seconds or more')
  return Math.min(seconds, LONGEST_WINDOW)
}

const LONGEST_WINDOW: Seconds = 31_536_000
