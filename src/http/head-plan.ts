/**
 * What becomes of a response, worked out from its head. Pure.
 *
 * @module
 */

import type { Bytes, Milliseconds, Seconds } from '../units.ts'
import {
  bodyTag,
  CONTENT_FIELDS,
  cacheStatus,
  lifetimeFields,
  statusDetail,
  varyFields,
} from './announce.ts'
import { isNotModified } from './conditional.ts'
import { variesByCoding } from './encodings.ts'
import type { HoleFill } from './hole-fill.ts'
import type { HttpRules } from './http-storable.ts'
import {
  filterHeaders,
  type HeaderList,
  hasAuthorization,
  headerValue,
  headerValues,
  type PageRequest,
  withHeaders,
} from './message.ts'
import type { ResolvedPageOptions } from './page-options.ts'
import type { OwnWindows } from './stale-windows.ts'
import { type Storable, storable } from './storable.ts'

/** A response as it is about to be sent. */
export interface ResponseHead {
  readonly status: number
  readonly headers: HeaderList
  /**
   * Fields that stood there before the application was asked. Those that it left alone belong to
   * whoever set them: they are not stored.
   */
  readonly outer?: HeaderList | undefined
  /** The whole body, where it is already known; of a stream it is not. */
  readonly body?: Uint8Array | undefined
  /** Watched request headers that were read while it was made. */
  readonly reads?: ReadonlySet<string> | undefined
}

/** What to change on it. */
export interface HeadChanges {
  /**
   * 304 where the client has this page already: then the body is not sent, but still handed to
   * `end`.
   */
  readonly status: number
  /** Fields to set, each in place of all of its name. */
  readonly set: HeaderList
  readonly remove: readonly string[]
  /**
   * Keep a copy of so many bytes of the body for `end`; of more: call `refuse('too-large')`. 0:
   * keep nothing.
   */
  readonly keepBytes: Bytes
  /**
   * Send these bytes, and drop what the handler sends: a stored page takes the place of its answer.
   * What was to be removed is removed before fields are set.
   */
  readonly replace?: Buffer
  /**
   * Send the handler's bytes through it, one piece after the other, and hand its `body` to `end`: the page
   * has holes. In place of a copy of `keepBytes`.
   */
  readonly fill?: HoleFill
}

/** What a plan is made from, besides the response. */
export interface PlanParts {
  readonly options: ResolvedPageOptions
  readonly request: PageRequest
  readonly ownTtl: Seconds | undefined
  readonly now: Milliseconds
  /** For `Cache-Status`: `fwd` of RFC 9211. */
  readonly forward: string
  /** Why nothing will be stored, where that is known already. */
  readonly reason: string | undefined
  /** Whether this request has the right to store. */
  readonly mayStore: boolean
  /** Whether the client's conditions were kept from the handler, and are to be answered here. */
  readonly hidConditions: boolean
  /** Request headers that the key of the page holds. */
  readonly covered: readonly string[]
  /** The page's own stale windows. */
  readonly ownStale: OwnWindows
  /** When the handler was asked. */
  readonly requestedAt: Milliseconds
}

/** The changes, what was decided, and the fields that the page would be stored with. */
export interface HeadPlan {
  readonly changes: HeadChanges
  readonly verdict: Storable
  readonly headers: HeaderList
}

/**
 * RFC 2616 section 14.21: nothing should be announced as fresh for more than a year; `Infinity`
 * counts as one.
 */
const MAX_TTL: Seconds = 31_536_000

const NO_READS: ReadonlySet<string> = new Set()

/** The plan for a response that the cache looked up. */
export function planHead(head: ResponseHead, parts: PlanParts): HeadPlan {
  const { options, request, now, forward, mayStore, hidConditions } = parts
  const verdict = judge(head, parts)
  const told = verdict.verdict === 'refuse' ? [] : announced(head, verdict, parts)
  const headers = withHeaders(head.headers, told)
  const tooLarge = Number(headerValue(headers, 'content-length') ?? 0) > options.maxBodyBytes
  const keepBytes = verdict.verdict === 'store' && mayStore && !tooLarge ? options.maxBodyBytes : 0
  const isStored = keepBytes > 0 && head.body !== undefined
  const detail = verdict.verdict === 'store' ? parts.reason : verdict.reason
  const isKnown = hidConditions && head.status === 200 && isNotModified(request, headers, now)
  const status = isKnown ? 304 : head.status
  const set = [...told, ...statusField(options, head.headers, forward, isStored, detail)]
  const remove = status === head.status ? [] : CONTENT_FIELDS
  const changes = { status, set, remove, keepBytes }
  const leaveOut = verdict.verdict === 'store' ? (verdict.leaveOut ?? []) : []
  const own = filterHeaders(ownHeaders(head), (name) => !leaveOut.includes(name))
  return { changes, verdict, headers: withHeaders(own, told) }
}

/** Fields that say what the bytes are: whoever set them, they belong to these bytes. */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'etag',
  'last-modified',
])

/** Without the fields that somebody further out set and nobody changed since. */
export function ownHeaders({ headers, outer = [] }: ResponseHead): HeaderList {
  const linesOf = (list: HeaderList, name: string) => JSON.stringify(headerValues(list, name))
  return filterHeaders(
    headers,
    (name) => OF_THE_BODY.has(name) || linesOf(headers, name) !== linesOf(outer, name),
  )
}

/** The changes for a response that is none of the cache's business. */
export function untouched(head: ResponseHead, parts: PlanParts): HeadChanges {
  const { options, forward, reason } = parts
  const set = statusField(options, head.headers, forward, false, reason)
  return { status: head.status, set, remove: [], keepBytes: 0 }
}

/** Asks the one that decides. */
export function judge(
  { status, headers, reads = NO_READS }: ResponseHead,
  parts: PlanParts,
): Storable {
  const { request, options, ownTtl, now, covered } = parts
  return storable({
    method: request.method,
    isAuthorized: hasAuthorization(request),
    status,
    headers,
    reads,
    covered,
    ownTtl: ownTtl === undefined ? undefined : Math.min(ownTtl, MAX_TTL),
    defaultTtl: Math.min(options.ttl, MAX_TTL),
    http: httpRules(parts),
    now,
  })
}

/** `undefined` in site mode. */
function httpRules({ options, ownStale, requestedAt }: PlanParts): HttpRules | undefined {
  if (options.mode === 'site') return undefined
  const { targeted, heuristic, revalidateFor, staleWhileRevalidate, staleIfError } = options
  const stale = { own: ownStale, whileRevalidate: staleWhileRevalidate, ifError: staleIfError }
  return { targeted, heuristic, revalidateFor, stale, requestedAt }
}

function announced(
  { headers, status, body }: ResponseHead,
  verdict: Exclude<Storable, { verdict: 'refuse' }>,
  { options, request, now }: PlanParts,
): string[] {
  const fields: string[] = []
  const variesOn: string[] = []
  // In HTTP mode what other caches may do is the response's to say.
  if (options.mode === 'site') {
    const lifetime = verdict.ttl + (verdict.verdict === 'store' ? verdict.age : 0)
    fields.push(...lifetimeFields(headers, lifetime, now))
    // A browser would show the visitor who has just signed in the page of the one who had not.
    if (options.cookies !== 'ignore') variesOn.push('Cookie')
  }
  if (variesByCoding(status, headers, options.compress)) variesOn.push('Accept-Encoding')
  fields.push(...varyFields(headers, variesOn))
  // Django's conditional GET gives no tag to a HEAD either: it has no bytes to make one of.
  if (body === undefined || status !== 200 || request.method !== 'GET') return fields
  const tag = headerValue(headers, 'etag') === undefined ? bodyTag(body) : undefined
  return tag === undefined ? fields : [...fields, 'ETag', tag]
}

/** `Cache-Status`, if it is wanted. */
export function statusField(
  options: ResolvedPageOptions,
  headers: HeaderList,
  forward: string,
  isStored: boolean,
  detail: string | undefined,
): string[] {
  if (!options.cacheStatus) return []
  const parameters = [`fwd=${forward}`]
  if (isStored) parameters.push('stored')
  else if (detail !== undefined && detail !== forward) parameters.push(statusDetail(detail))
  return ['Cache-Status', cacheStatus(headerValue(headers, 'cache-status'), parameters.join('; '))]
}
