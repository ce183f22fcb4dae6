/**
 * Cache-Control for one kind of cache, such as `CDN-Cache-Control`: RFC 9213.
 *
 * @module
 */

import { type Directives, parseCacheControl } from './cache-control.ts'
import { type HeaderList, headerValue, headerValues } from './message.ts'

/** RFC 8941 section 3.2: a dictionary of the items that a directive can have as its value. */
const KEY = /^[a-z*][a-z0-9_.*-]*/
const ITEM =
  /^(?:-?\d{1,12}\.\d{1,3}|-?\d{1,15}|"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|\?[01]|:[A-Za-z0-9+/=]*:|[A-Za-z*][\w!#$%&'*+.^`|~:/-]*)/
const PARAMETER = /^; *[a-z*][a-z0-9_.*-]*/

/** Directives whose argument is a number of seconds: with any other they are left out. */
const WITH_SECONDS: ReadonlySet<string> = new Set([
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
])

/**
 * What a response says to this cache: a targeted field of `names` stands in the place of its
 * `Cache-Control`. Without names that is all there is.
 */
export function responseControl(headers: HeaderList, names: readonly string[]): Directives {
  const targeted = names.length === 0 ? undefined : targetedControl(headers, names)
  return targeted ?? parseCacheControl(headerValues(headers, 'cache-control'))
}

/**
 * The directives of the first field of `names` (in lower case, most specific first) that a response
 * has in a valid form: they stand in the place of its `Cache-Control` and `Expires`. `undefined`:
 * it has none.
 */
export function targetedControl(
  headers: HeaderList,
  names: readonly string[],
): Directives | undefined {
  for (const name of names) {
    const text = headerValue(headers, name)
    const directives = text === undefined ? undefined : parseTargeted(text)
    if (directives !== undefined) return directives
  }
  return undefined
}

/** `undefined` for what is empty or no dictionary: RFC 9213 section 2.1 ignores it as a whole. */
export function parseTargeted(text: string): Directives | undefined {
  const directives = new Map<string, readonly string[]>()
  let rest = text.replace(/^ +/, '')
  while (rest !== '') {
    const member = parseMember(rest)
    if (member === undefined) return undefined
    // Of several members of a name the last one counts (RFC 8941 section 4.2.2).
    directives.delete(member.name)
    if (isKnown(member)) directives.set(member.name, [argumentOf(member.item)])
    rest = member.rest.replace(/^[ \t]+/, '')
    if (rest === '') break
    if (!rest.startsWith(',')) return undefined
    rest = rest.slice(1).replace(/^[ \t]+/, '')
    if (rest === '') return undefined
  }
  return directives.size === 0 && text.trim() === '' ? undefined : directives
}

interface Member {
  readonly name: string
  /** `?1` where there is none. */
  readonly item: string
  readonly rest: string
}

function parseMember(text: string): Member | undefined {
  const [name] = KEY.exec(text) ?? []
  if (name === undefined) return undefined
  let rest = text.slice(name.length)
  let item = '?1'
  if (rest.startsWith('=')) {
    const [found] = ITEM.exec(rest.slice(1)) ?? []
    if (found === undefined) return undefined
    item = found
    rest = rest.slice(1 + found.length)
  }
  for (;;) {
    const [parameter] = PARAMETER.exec(rest) ?? []
    if (parameter === undefined) return { name, item, rest }
    rest = rest.slice(parameter.length)
    if (!rest.startsWith('=')) continue
    const [found] = ITEM.exec(rest.slice(1)) ?? []
    if (found === undefined) return undefined
    rest = rest.slice(1 + found.length)
  }
}

/** A flag that is false is no directive, nor is a lifetime that is no whole number. */
function isKnown({ name, item }: Member): boolean {
  return WITH_SECONDS.has(name) ? /^\d+$/.test(item) : item !== '?0'
}

function argumentOf(item: string): string {
  if (item === '?1') return ''
  return item.startsWith('"') ? item.slice(1, -1).replace(/\\(.)/g, '$1') : item
}
