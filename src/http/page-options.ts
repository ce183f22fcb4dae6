import { checkOptions, optionError } from '../errors.ts'
import {
  type Bytes,
  type Duration,
  type Milliseconds,
  parseDuration,
  parseSize,
  type Seconds,
  type Size,
} from '../units.ts'
import { type Coding, resolveCodings } from './encodings.ts'
import type { CookieRule } from './fresh.ts'
import {
  HTTP_DEFAULTS,
  type PageHttpOptions,
  type ResolvedHttpOptions,
  resolveHttpOptions,
  resolveWindow,
} from './http-options.ts'
import {
  KEY_DEFAULTS,
  type PageKeyOptions,
  type ResolvedKeyOptions,
  resolveKeyOptions,
} from './key-options.ts'
import type { PageHoles } from './page-holes.ts'
import { checkPageTags } from './page-tags.ts'

/** How a {@link PageCache} finds, keeps and announces pages. */
export interface PageOptions extends PageKeyOptions, PageHttpOptions {
  /**
   * Lifetime of a page that says nothing of itself. A `max-age`, `s-maxage` or `Expires` of the
   * response beats it; the `ttl` of a {@link PagePolicy} (`cachePage`) beats them all.
   *
   * @default 600
   */
  readonly ttl?: Duration
  /**
   * Keeps pages apart from those of another application on the same cache: letters, digits, `.`,
   * `_` and `-`.
   *
   * @default ''
   */
  readonly keyPrefix?: string
  /**
   * What a cookie of the request means. `'bypass'`: such a request neither reads nor fills the
   * cache. A list: the page depends on these cookies and on no other. `'ignore'`: it depends on
   * none; right only where no page is personal. A page that sets a cookie is not stored, whatever
   * stands here; one with `Vary: Cookie` has one copy per jar.
   *
   * @default 'bypass'
   */
  readonly cookies?: CookieRule
  /**
   * Which address a page is filed under. `'request'`: the scheme and the `Host` that the request
   * names. An origin such as `'https://atlas.example'`: always that one; then `purge` takes a bare
   * path, and no page may show the `Host` or an `X-Forwarded-*` header it was asked with, because
   * no key holds them.
   *
   * @default 'request'
   */
  readonly origin?: string
  /**
   * What becomes of a page whose handler read `Accept`, `Accept-Encoding`, `Accept-Language`,
   * `User-Agent`, `Origin` or `X-Requested-With`, although neither its `Vary` nor a `vary` option
   * says that it depends on it. `'refuse'`: it is not stored, for it may be one visitor's own.
   * `'ignore'`: it is; right where only something like a log reads them. Noticed where a handler of a
   * framework reads them from `headers`; a handler that `respond` is given is not watched.
   *
   * @default 'refuse'
   */
  readonly unkeyed?: 'refuse' | 'ignore'
  /**
   * How long a request waits for another one that renders the same cold page. Afterwards it renders
   * for itself and does not store. 0: it does not wait.
   *
   * @default 3000
   */
  readonly waitMs?: Milliseconds
  /**
   * How long a page is still served after its `ttl`, while one request renders it anew. A
   * `stale-while-revalidate` of the page beats it; it is not served where it says `must-revalidate` or
   * `proxy-revalidate`, in HTTP mode `s-maxage` or `no-cache`, unless its own policy has a window.
   *
   * @default 0
   */
  readonly staleWhileRevalidate?: Duration
  /**
   * A larger body is sent on as it comes and not stored. The default leaves room for the headers
   * within the 1 MB that memcached takes.
   *
   * @default '900kb'
   */
  readonly maxBodyBytes?: Size
  /**
   * Keeps pages compressed as well, beside the bytes that the handler sent, so that a hit compresses
   * nothing: text of 1 KB or more, in each coding that saves a tenth, as far as `maxBodyBytes` has
   * room. `true`: in `br`, `zstd` (where Node has it) and `gzip`. The first answer is sent as it is.
   * What the handler compressed itself, or forbade to by `no-transform`, stays as it is.
   *
   * @default false
   */
  readonly compress?: boolean | readonly Coding[]
  /**
   * Whether responses tell by `Cache-Status` (RFC 9211) how they came about. It lets a visitor see
   * whether somebody looked at a page before.
   *
   * @default true
   */
  readonly cacheStatus?: boolean
}

/** {@link PageOptions} with the holes filled, durations in seconds and sizes in bytes. */
export interface ResolvedPageOptions extends ResolvedKeyOptions, ResolvedHttpOptions {
  readonly ttl: Seconds
  readonly keyPrefix: string
  readonly cookies: CookieRule
  readonly origin: string
  readonly unkeyed: 'refuse' | 'ignore'
  readonly waitMs: Milliseconds
  readonly staleWhileRevalidate: Seconds
  readonly maxBodyBytes: Bytes
  /** Best first. */
  readonly compress: readonly Coding[]
  readonly cacheStatus: boolean
}

export const PAGE_DEFAULTS: Readonly<Required<Omit<PageOptions, 'name'>>> = Object.freeze({
  ...KEY_DEFAULTS,
  ...HTTP_DEFAULTS,
  ttl: 600,
  keyPrefix: '',
  cookies: 'bypass',
  origin: 'request',
  unkeyed: 'refuse',
  waitMs: 3000,
  staleWhileRevalidate: 0,
  maxBodyBytes: '900kb',
  compress: false,
  cacheStatus: true,
})

/**
 * What a page depends on, as text: one value, or several. An `undefined` among them is not an empty
 * one.
 */
export type VaryOn = string | readonly (string | undefined)[] | undefined

/** What one page wants otherwise than its site. Leaves out what it does not name. */
export interface PagePolicy {
  /**
   * The page's own lifetime: beats what the response says. 0 or less: not stored, and announced as
   * `max-age=0`.
   */
  readonly ttl?: Duration
  /** In place of {@link PageOptions.staleWhileRevalidate}. */
  readonly staleWhileRevalidate?: Duration
  /** In place of {@link PageOptions.staleIfError}. */
  readonly staleIfError?: Duration
  /**
   * What else the page depends on; part of its key. A function is asked when the request is looked
   * up.
   */
  readonly vary?: VaryOn | (() => VaryOn)
  /**
   * Tags of the page, by which `purgeTags` finds it. A function is asked before the page is rendered,
   * and not for a hit.
   */
  readonly tags?: readonly string[] | (() => readonly string[])
  /**
   * What renders the holes of the page, by their names: called for each request, with the values that
   * `pageHole` was given. One that throws is empty, and its error published on `reprise:error`.
   */
  readonly holes?: PageHoles
  /** In place of {@link PageOptions.name}. */
  readonly name?: string
}

/** Fills the holes and checks the rest, before anything is asked. */
export function resolvePageOptions(options: PageOptions): ResolvedPageOptions {
  checkOptions('the options of a page cache', options, ['name', ...Object.keys(PAGE_DEFAULTS)])
  const {
    ttl = PAGE_DEFAULTS.ttl,
    keyPrefix = PAGE_DEFAULTS.keyPrefix,
    cookies = PAGE_DEFAULTS.cookies,
    origin = PAGE_DEFAULTS.origin,
    unkeyed = PAGE_DEFAULTS.unkeyed,
    waitMs = PAGE_DEFAULTS.waitMs,
    staleWhileRevalidate = PAGE_DEFAULTS.staleWhileRevalidate,
    maxBodyBytes = PAGE_DEFAULTS.maxBodyBytes,
    compress = PAGE_DEFAULTS.compress,
    cacheStatus = PAGE_DEFAULTS.cacheStatus,
  } = options
  if (unkeyed !== 'refuse' && unkeyed !== 'ignore') {
    throw optionError('unkeyed', unkeyed, "'refuse' or 'ignore'")
  }
  // A timer of Node takes no more: what is longer would be no wait at all.
  if (!(waitMs >= 0 && waitMs < 2 ** 31)) {
    throw optionError('waitMs', waitMs, 'milliseconds, from 0 to 2147483647')
  }
  return {
    ...resolveKeyOptions(options),
    ...resolveHttpOptions(options),
    ttl: parseDuration('ttl', ttl),
    keyPrefix: checkKeyPrefix(keyPrefix),
    cookies: checkCookies(cookies),
    origin: checkOrigin(origin),
    unkeyed,
    waitMs,
    staleWhileRevalidate: resolveWindow('staleWhileRevalidate', staleWhileRevalidate),
    maxBodyBytes: parseSize('maxBodyBytes', maxBodyBytes),
    compress: resolveCodings(compress),
    cacheStatus,
  }
}

/** A prefix that no key can be ambiguous with. */
export function checkKeyPrefix(keyPrefix: string): string {
  if (/^[\w.-]*$/.test(keyPrefix)) return keyPrefix
  throw optionError('keyPrefix', keyPrefix, 'letters, digits, ".", "_" and "-"')
}

/** `'request'`, or `origin` as a browser would write it. */
export function checkOrigin(origin: string): string {
  if (origin === 'request') return origin
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href) {
    return url.origin
  }
  throw optionError('origin', origin, '\'request\' or an origin such as "https://host"')
}

function checkCookies(cookies: CookieRule): CookieRule {
  if (cookies === 'bypass' || cookies === 'ignore') return cookies
  if (Array.isArray(cookies) && cookies.length === 0) return 'ignore'
  if (Array.isArray(cookies) && cookies.every((name) => typeof name === 'string' && name !== '')) {
    return [...cookies]
  }
  throw optionError('cookies', cookies, "'bypass', 'ignore' or a list of cookie names")
}

/** The parts that a policy's `vary` adds to the key. */
export function varyParts(vary: PagePolicy['vary']): readonly (string | undefined)[] {
  const parts = typeof vary === 'function' ? vary() : vary
  if (parts === undefined) return []
  return typeof parts === 'string' ? [parts] : parts
}

/** The tags that a policy names. */
export function policyTags(tags: PagePolicy['tags']): readonly string[] {
  const names = typeof tags === 'function' ? tags() : tags
  return names === undefined ? [] : checkPageTags(names)
}
