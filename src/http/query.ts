/**
 * Which part of a query is part of the key. Pure; what the handler sees is never changed.
 *
 * @module
 */

import { checkOptions, optionError } from '../errors.ts'

/**
 * How the query of a request enters the key of its page.
 *
 * - `'as-sent'`: byte for byte;
 * - `'sorted'`: parameters in the order of their names;
 * - `'normalized'`: sorted, without the {@link TRACKING_PARAMETERS};
 * - a list: sorted, only the parameters of `only`, and without those of `drop`.
 *
 * Parameters of one name keep their order. A name that ends in `*` stands for all that start so. A
 * query that parsers read differently, with `;` or an encoded name, is taken as it was sent.
 */
export type QueryRule =
  | 'as-sent'
  | 'sorted'
  | 'normalized'
  | { readonly only?: readonly string[]; readonly drop?: readonly string[] }

/** The part of `target` (path and query) that is part of the key. */
export type QueryKey = (target: string) => string

/**
 * What advertisers and mail senders add to links, and no page depends on. Dropped from the key by
 * `query: 'normalized'`.
 */
export const TRACKING_PARAMETERS: readonly string[] = Object.freeze([
  'utm_*',
  'fbclid',
  'gclid',
  'gbraid',
  'wbraid',
  'dclid',
  'gclsrc',
  'msclkid',
  'twclid',
  'ttclid',
  'yclid',
  'igshid',
  'li_fat_id',
  'mc_cid',
  'mc_eid',
  '_ga',
  '_gl',
  '_hsenc',
  '_hsmi',
  'mkt_tok',
  'vero_id',
])

const NAMED = /^[\w~-][\w.~[\]-]*\*?$/

const ALLOWED =
  "'as-sent', 'sorted', 'normalized', or an object with `only` or `drop`, lists of parameter names"

/**
 * Makes the function that does as `rule` says.
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function queryKey(rule: QueryRule): QueryKey {
  if (rule === 'as-sent') return (target) => target
  if (rule === 'sorted') return keyed(() => true)
  if (rule === 'normalized') return keyed(without(TRACKING_PARAMETERS))
  if (typeof rule !== 'object' || rule === null) throw optionError('query', rule, ALLOWED)
  checkOptions('the option `query`', rule, ['only', 'drop'])
  const { only, drop = [] } = rule
  const keepsAll = without(checkNames(drop))
  if (only === undefined) return keyed(keepsAll)
  const isNamed = matcher(checkNames(only).map((name) => name.toLowerCase()))
  // `a[]=1` and `A=1` are an `a` to some parsers: what is named so is kept, or two pages were one.
  return keyed(({ name, family }) => isNamed(family) && keepsAll({ name, family }))
}

interface Parameter {
  readonly name: string
  /** What parsers may take for the same parameter. */
  readonly family: string
}

function keyed(keeps: (parameter: Parameter) => boolean): QueryKey {
  return (target) => {
    const start = target.indexOf('?')
    if (start === -1) return target
    const parameters = parse(target.slice(start + 1))
    if (parameters === undefined) return target
    const kept = parameters.filter(keeps)
    // Stable, by family: `a[0]=x&a=y` is another page than `a=y&a[0]=x`.
    kept.sort((one, other) => (one.family < other.family ? -1 : one.family > other.family ? 1 : 0))
    const path = target.slice(0, start)
    return kept.length === 0 ? path : `${path}?${kept.map(({ text }) => text).join('&')}`
  }
}

/**
 * `qs` and `node:querystring` read the first 1000 and no more: behind so many that the key leaves
 * out, one that it holds would not reach the handler.
 */
const MAX_PARAMETERS = 100

/** Brackets as `qs` has them: `filter[name]`, `ids[]`, also encoded. */
const PLAIN_NAME = /^[\w~-][\w.~-]*(?:(?:\[|%5b)[\w.~-]*(?:\]|%5d))*$/i

/**
 * The parameters of a query that all parsers read alike; `undefined` where they may not. `;` parts
 * parameters for some and belongs to a value for others, an encoded name is another one's plain
 * name: a key without it would file the page of one request under that of another.
 */
function parse(query: string): (Parameter & { readonly text: string })[] | undefined {
  if (/[;?#]/.test(query)) return undefined
  const texts = query.split('&')
  if (texts.length > MAX_PARAMETERS) return undefined
  const parameters: (Parameter & { readonly text: string })[] = []
  for (const text of texts) {
    const equals = text.indexOf('=')
    const name = equals === -1 ? text : text.slice(0, equals)
    if (!PLAIN_NAME.test(name)) return undefined
    const family = name.toLowerCase().replace(/(?:[.[]|%5b).*$/, '')
    parameters.push({ text, name, family })
  }
  return parameters
}

/** By their whole names only: a parameter that is not surely one of these stays in the key. */
function without(names: readonly string[]): (parameter: Parameter) => boolean {
  const isDropped = matcher(names)
  return ({ name }) => !isDropped(name)
}

function matcher(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !name.endsWith('*')))
  const starts = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  return (name) => exact.has(name) || starts.some((start) => name.startsWith(start))
}

function checkNames(names: readonly string[]): readonly string[] {
  const isName = (name: unknown) => typeof name === 'string' && NAMED.test(name)
  if (Array.isArray(names) && names.every(isName)) return names
  throw optionError('query', names, ALLOWED)
}
