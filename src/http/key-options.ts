import { optionError } from '../errors.ts'
import { type HostRule, hostRule } from './hosts.ts'
import { type QueryKey, type QueryRule, queryKey } from './query.ts'

/** What pages are told apart by, how many are kept beside each other, and what they are called. */
export interface PageKeyOptions {
  /**
   * How the query of a request enters the key. `'as-sent'`: byte for byte. `'sorted'`: parameters in
   * the order of their names. `'normalized'`: sorted, without those that advertisers add to links,
   * {@link TRACKING_PARAMETERS}. `{ only: ['page'] }`: sorted, only these. `{ drop: ['ref'] }`: sorted,
   * without these. A page must not show what its key leaves out: the next visitor would see it.
   *
   * The handler sees the query as it was sent. Parameters of one name keep their order. A query that
   * parsers may read differently, with `;`, an encoded name or more than 100 parameters, is taken as it
   * was sent.
   *
   * @default 'as-sent'
   */
  readonly query?: QueryRule
  /**
   * The hosts whose pages are kept: others are rendered each time. `'atlas.example'`: this one, at the
   * scheme's own port. `'.atlas.example'`: this one and all below it. `'localhost:3000'`: with this
   * port. An empty list: all hosts, as many as clients care to name.
   *
   * @default []
   */
  readonly hosts?: readonly string[]
  /**
   * How many variants of one address this process stores beside each other: what `Vary`, cookies, the
   * `vary` function and forwarding headers make of it. One more is rendered and not stored, until
   * another one is over. 1 to 10 000.
   *
   * @default 100
   */
  readonly maxVariants?: number
  /**
   * Whether clients see the response headers `Cache-Tag` and `Surrogate-Key`; right where a CDN in
   * front purges by them.
   *
   * @default false
   */
  readonly exposeTags?: boolean
  /** What the page is called on the channel `reprise:page`, such as its route. Not part of its key. */
  readonly name?: string
}

/** {@link PageKeyOptions} with the holes filled, and the functions made of them. */
export interface ResolvedKeyOptions {
  readonly query: QueryRule
  readonly queryKey: QueryKey
  readonly hosts: readonly string[]
  readonly allowsHost: HostRule
  readonly maxVariants: number
  readonly exposeTags: boolean
  readonly name: string | undefined
}

export const KEY_DEFAULTS: Readonly<Required<Omit<PageKeyOptions, 'name'>>> = Object.freeze({
  query: 'as-sent',
  hosts: Object.freeze([]),
  maxVariants: 100,
  exposeTags: false,
})

const MOST_VARIANTS = 10_000

/** Fills the holes and checks the rest, before anything is asked. */
export function resolveKeyOptions({
  query = KEY_DEFAULTS.query,
  hosts = KEY_DEFAULTS.hosts,
  maxVariants = KEY_DEFAULTS.maxVariants,
  exposeTags = KEY_DEFAULTS.exposeTags,
  name,
}: PageKeyOptions): ResolvedKeyOptions {
  if (!(Number.isInteger(maxVariants) && maxVariants >= 1 && maxVariants <= MOST_VARIANTS)) {
    throw optionError('maxVariants', maxVariants, 'a whole number from 1 to 10000')
  }
  return {
    query,
    queryKey: queryKey(query),
    hosts,
    allowsHost: hostRule(hosts),
    maxVariants,
    exposeTags,
    name: checkName(name),
  }
}

/** A name of a page, or none. */
export function checkName(name: string | undefined): string | undefined {
  if (name === undefined || (typeof name === 'string' && name !== '')) return name
  throw optionError('name', name, 'a text that is not empty')
}
