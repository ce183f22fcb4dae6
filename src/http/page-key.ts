/**
 * Under which keys a page lies.
 *
 * The *base key* is the address itself: it holds the page, or a marker where the page has variants.
 * A *variant key* is a digest of the base key, the nonce of what lies under it, and everything that
 * chose the variant. So whoever deletes the base key loses all variants at once: their nonce is
 * gone.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { CacheError, shown } from '../errors.ts'
import type { CookieRule } from './fresh.ts'
import type { PageRequest } from './message.ts'
import type { QueryKey } from './query.ts'

/**
 * What makes one key out of a request beyond its address, as a list of parts; `undefined`: absent.
 */
export type KeyParts = readonly (string | undefined)[]

/**
 * Request headers with which proxies tell, or attackers claim, another address than the request
 * line has. They are in the key wherever they occur, because a handler may read them: nothing that
 * they change reaches anybody else.
 */
const ROUTING_HEADERS = [
  'x-original-url',
  'x-rewrite-url',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
]
const ORIGIN_HEADERS = [
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-host',
  'x-original-host',
]

/** The key of the address: `page:<keyPrefix>:<origin><path and query>`. */
export function baseKey(keyPrefix: string, origin: string, target: string): string {
  return `page:${keyPrefix}:${origin}${target}`
}

/** `https://host` of a request: in lower case and without the scheme's own port. */
export function requestOrigin(request: PageRequest): string {
  return `${request.scheme}://${requestHost(request)}`
}

/** The host of a request, in lower case and without the scheme's own port. */
export function requestHost({ host, scheme }: PageRequest): string {
  const port = scheme === 'https' ? ':443' : ':80'
  const known = host.toLowerCase()
  return known.endsWith(port) ? known.slice(0, -port.length) : known
}

/**
 * What the key of this request holds beyond its address, before any `Vary` is known: the cookies
 * that the page depends on, what the `vary` option gave, and forwarding headers, where there are
 * any. Empty for a plain request.
 */
export function requestCovers(
  request: PageRequest,
  cookies: CookieRule,
  varyOn: KeyParts,
  originIsFixed: boolean,
): KeyParts {
  const covers: (string | undefined)[] = []
  if (typeof cookies !== 'string' && cookies.length > 0) {
    covers.push('cookies', ...cookieParts(request.header('cookie') ?? '', cookies))
  }
  if (varyOn.length > 0) covers.push('vary', ...varyOn)
  addNamed(covers, ROUTING_HEADERS, request)
  if (!originIsFixed) {
    addNamed(covers, ORIGIN_HEADERS, request)
    addOtherOrigins(covers, request)
  }
  return covers
}

function addNamed(
  covers: (string | undefined)[],
  names: readonly string[],
  request: PageRequest,
): void {
  for (const name of names) {
    const value = request.header(name)
    if (value !== undefined) covers.push(name, value)
  }
}

/**
 * Where the request names another host or scheme than its address has: the handler may show that
 * one.
 */
function addOtherOrigins(covers: (string | undefined)[], request: PageRequest): void {
  const { host, scheme, trustsProxy = false } = request
  addOther(covers, request, 'host', host)
  addOther(covers, request, 'x-forwarded-host', trustsProxy ? host : undefined)
  addOther(covers, request, 'x-forwarded-proto', trustsProxy ? scheme : undefined)
  const forwarded = request.header('forwarded')
  if (forwarded !== undefined) covers.push(...forwardedParts(forwarded))
}

function addOther(
  covers: (string | undefined)[],
  request: PageRequest,
  name: string,
  known: string | undefined,
): void {
  const value = request.header(name)
  if (value !== undefined && value !== known) covers.push(name, value)
}

/**
 * `host` and `proto` of RFC 7239; `for` and `by` are another one for each client and decide no
 * page.
 */
function forwardedParts(forwarded: string): KeyParts {
  const parts = forwarded.split(/[;,]/).map((part) => part.trim())
  const telling = parts.filter((part) => /^(?:host|proto)\s*=/i.test(part))
  return telling.length === 0 ? [] : ['forwarded', ...telling]
}

/**
 * For each name how many cookies there are of it and their values, so that no two jars read alike.
 */
function cookieParts(header: string, names: readonly string[]): KeyParts {
  const cookies = header.split(';').map((pair) => {
    const equals = pair.indexOf('=')
    return { name: pair.slice(0, Math.max(equals, 0)).trim(), value: pair.slice(equals + 1).trim() }
  })
  return names.flatMap((name) => {
    const values = cookies.filter((cookie) => cookie.name === name).map((cookie) => cookie.value)
    return [name, String(values.length), ...values]
  })
}

/**
 * The key of a variant. Every part goes in with its length, and an absent header is not an empty
 * one: no two sets of parts make one key.
 */
export function variantKey(
  keyPrefix: string,
  base: string,
  nonce: string,
  covers: KeyParts,
  vary: readonly string[],
  request: PageRequest,
): string {
  const hash = createHash('sha256')
  const add = (part: string | undefined) => {
    hash.update(part === undefined ? '-,' : `${Buffer.byteLength(part)}:${part},`)
  }
  for (const part of [base, nonce, String(covers.length), ...covers]) add(part)
  for (const name of vary) {
    add(name)
    add(request.header(name))
  }
  // A base key goes on with a scheme, so `~` is never the start of an address.
  return `page:${keyPrefix}:~${hash.digest('base64url')}`
}

/**
 * Every base key that `url` may be stored under: for both schemes, since a process behind a proxy
 * that ends TLS may take an https request for http, and both as it was written and as a browser
 * would send it.
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID` where `url` is no absolute http(s) URL, nor a
 * path that `origin` completes.
 */
export function addressKeys(
  keyPrefix: string,
  url: string,
  origin: string | undefined,
  queryKey: QueryKey = (target) => target,
): string[] {
  const absolute = url.startsWith('/') && origin !== undefined ? origin + url : url
  const parsed = /^https?:\/\//i.test(absolute) ? parseUrl(absolute) : undefined
  if (parsed === undefined) {
    const allowed =
      origin === undefined
        ? 'an absolute URL such as "https://host/path", or a path where `origin` is set'
        : 'an absolute URL or a path that starts with "/"'
    throw new CacheError('ERR_OPTION_INVALID', `\`url\` is ${shown(url)}: it must be ${allowed}.`)
  }
  const written = absolute.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')
  const targets = new Set([
    queryKey(written.startsWith('/') ? written : `/${written}`),
    queryKey(parsed.pathname + parsed.search),
  ])
  const origins =
    origin === undefined ? [`http://${parsed.host}`, `https://${parsed.host}`] : [origin]
  return origins.flatMap((each) => [...targets].map((target) => baseKey(keyPrefix, each, target)))
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
