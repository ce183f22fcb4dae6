/**
 * `Cache-Control`, read and written. No policy, just syntax, and what cannot be read is read as the
 * stricter thing.
 *
 * @module
 */

import type { Seconds } from '../units.ts'

/**
 * Directives by their name in lower case; a bare one has the value `''`. A repeated one has
 * several.
 */
export type Directives = ReadonlyMap<string, readonly string[]>

/**
 * RFC 9111 section 1.2.2: a cache that meets a larger number uses this one, or the largest it can
 * hold.
 */
const MAX_DELTA_SECONDS: Seconds = 2_147_483_648

/**
 * Reads every `Cache-Control` line of a message, joined.
 *
 * Names are case-insensitive, values may be quoted, blanks around names, `=` and values are
 * dropped. A quote that never closes is taken for an ordinary character, so that it cannot swallow
 * the directives behind it; nor can a semicolon or a blank in the place of a comma.
 */
export function parseCacheControl(lines: string | readonly string[] | undefined): Directives {
  const directives = new Map<string, string[]>()
  const text = typeof lines === 'string' ? lines : (lines ?? []).join(',')
  for (const part of splitList(text).flatMap(splitLoosely)) {
    const equals = part.indexOf('=')
    const name = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase()
    if (name === '') continue
    const value = equals === -1 ? '' : unquote(part.slice(equals + 1).trim())
    const values = directives.get(name)
    if (values === undefined) directives.set(name, [value])
    else values.push(value)
  }
  return directives
}

/**
 * The seconds of a directive such as `max-age`; `undefined` where it is absent.
 *
 * What is no whole number of seconds counts as 0, and of several the least counts: RFC 9111 section
 * 4.2.1 lets a cache take such a response for stale.
 */
export function directiveSeconds(directives: Directives, name: string): Seconds | undefined {
  const values = directives.get(name)
  if (values === undefined) return undefined
  const seconds = values.map((value) => (/^\d+$/.test(value) ? Number(value) : 0))
  return Math.min(MAX_DELTA_SECONDS, ...seconds)
}

/**
 * The fields, in lower case, that `no-cache="…"` or `private="…"` is limited to; `'all'`: it is not
 * limited, or not to what could be the name of a field. `undefined`: the directive is absent.
 */
export function limitedTo(
  directives: Directives,
  name: string,
): readonly string[] | 'all' | undefined {
  const values = directives.get(name)
  if (values === undefined) return undefined
  const fields = values.flatMap((value) => value.split(',')).map((field) => field.trim())
  const areNames = fields.every((field) => FIELD_NAME.test(field))
  return areNames ? fields.map((field) => field.toLowerCase()) : 'all'
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/

/**
 * Directives to add to a response: `maxAge: 60`, `public: true`, `noCache: 'Set-Cookie'`, or any
 * other name.
 */
export interface CacheControlDirectives {
  /** The lesser of this and the one that is already there wins. */
  readonly maxAge?: Seconds
  readonly sMaxage?: Seconds
  readonly public?: boolean
  readonly private?: boolean | string
  readonly noCache?: boolean | string
  readonly noStore?: boolean
  readonly noTransform?: boolean
  readonly mustRevalidate?: boolean
  readonly proxyRevalidate?: boolean
  readonly immutable?: boolean
  readonly staleWhileRevalidate?: Seconds
  readonly staleIfError?: Seconds
  readonly [extension: string]: boolean | number | string | undefined
}

/**
 * `existing` with `changes` put in, as Django's `patch_cache_control` does it.
 *
 * `max-age` becomes the minimum of old and new. `public` and `private` drop an earlier opposite;
 * both in one call stay. `no-cache` gathers field names, and `true` makes it bare. `false` and
 * `undefined` change nothing.
 */
export function patchCacheControl(
  existing: string | undefined,
  changes: CacheControlDirectives,
): string {
  const written = new Map<string, string[]>()
  for (const [name, values] of parseCacheControl(existing)) written.set(name, [...values])
  const added = new Map<string, string>()
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === false) continue
    added.set(directiveName(key), value === true ? '' : String(value))
  }
  if (added.has('public') && !added.has('private')) written.delete('private')
  if (added.has('private') && !added.has('public')) written.delete('public')
  for (const [name, value] of added)
    written.set(name, patched(name, written.get(name) ?? [], value))
  return [...written]
    .flatMap(([name, values]) => values.map((value) => formatDirective(name, value)))
    .join(', ')
}

function patched(name: string, old: readonly string[], value: string): string[] {
  if (name === 'max-age') {
    const known = old.filter((text) => /^\d+$/.test(text)).map(Number)
    return [String(Math.min(Number(value), ...known))]
  }
  if (name !== 'no-cache') return [value]
  if (value === '' || old.includes('')) return ['']
  return [...new Set([...old, value])]
}

/** `maxAge`, `max_age` and `max-age` are one directive; `sMaxage` and `sMaxAge` are `s-maxage`. */
function directiveName(key: string): string {
  const kebab = key.replaceAll('_', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return kebab === 's-max-age' ? 's-maxage' : kebab
}

function formatDirective(name: string, value: string): string {
  if (value === '') return name
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(value)
    ? `${name}=${value}`
    : `${name}="${value.replace(/["\\]/g, '\\$&')}"`
}

/** What somebody wrote as `private; max-age=0` or `public no-store`. */
function splitLoosely(part: string): string[] {
  const [, open = part, quoted = ''] = /^([^"]*)("(?:[^"\\]|\\.)*")$/s.exec(part) ?? []
  const parts = open
    .split('=')
    .map((each) => each.trim())
    .join('=')
    .split(/[\s;]+/)
  return [...parts.slice(0, -1), `${parts.at(-1) ?? ''}${quoted}`]
}

/** Splits at commas outside quotes; parts come trimmed, empty ones are dropped. */
export function splitList(text: string): string[] {
  const parts: string[] = []
  const closingQuote = quotesOf(text)
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '"') at = closingQuote(at) ?? at
    else if (at === text.length || text[at] === ',') {
      const part = text.slice(start, at).trim()
      if (part !== '') parts.push(part)
      start = at + 1
    }
  }
  return parts
}

/**
 * Only a quote before a comma or the end closes: `x="a, private, y="b"` must not hide `private`.
 *
 * Searches each place once: 15 KB of `"\\` took 0.2 s otherwise, and every client can send them.
 */
function quotesOf(text: string): (opening: number) => number | undefined {
  let next = 0
  let closes = false
  return (opening) => {
    if (opening >= next) {
      next = nextQuote(text, opening)
      closes = next < text.length && /^\s*(?:,|$)/.test(text.slice(next + 1))
    }
    return closes ? next : undefined
  }
}

/** The next one that no backslash escapes; the end of the text where there is none. */
function nextQuote(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}

function unquote(text: string): string {
  if (!/^".*"$/s.test(text) || text.length < 2) return text
  return text.slice(1, -1).replace(/\\(.)/gs, '$1')
}
