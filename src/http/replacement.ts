/**
 * A stored page in place of what the handler answers: of a 304 that was for the cache, and of a
 * failure that need not be seen. Pure.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import { helpsAfterError } from './fresh.ts'
import {
  type HeadChanges,
  judge,
  ownHeaders,
  type PlanParts,
  type ResponseHead,
  statusField,
} from './head-plan.ts'
import { filterHeaders, type HeaderList, headerFields } from './message.ts'
import { type PageHit, pageAnswer } from './page-answer.ts'
import type { StoredPage } from './page-entry.ts'
import { freshenedFields, isOfStored } from './revalidation.ts'
import type { Storable } from './storable.ts'

/** A page that was found but could not be used as it is. */
export interface OldPage {
  readonly page: StoredPage
  /** The handler was asked whether it changed, by its validators. */
  readonly isAsked: boolean
  /** The request wants no page that the handler has not confirmed. */
  readonly isUnwanted: boolean
}

/** What is sent, and what is stored: with `verdict` `'store'`, the old body under `headers`. */
export interface Replacement {
  readonly changes: HeadChanges
  readonly verdict: Storable
  readonly headers: HeaderList
}

/** `undefined`: the handler's answer is the one to send. */
export function planReplacement(
  head: ResponseHead,
  parts: PlanParts,
  old: OldPage,
): Replacement | undefined {
  if (head.status === 304 && old.isAsked) return validated(head, parts, old.page)
  if (head.status < 500 || !standsIn(old, parts.now)) return undefined
  const verdict: Storable = { verdict: 'refuse', reason: 'stale-if-error' }
  const answer = answerOf(parts, old.page, ageNow(old.page, parts.now))
  const status = statusOf(parts, old.page.headers, head.status, verdict)
  return { changes: inPlaceOf(head, answer, status, []), verdict, headers: [] }
}

/** Whether a failure of the handler would be answered by the old page. */
export function standsIn({ page, isUnwanted }: OldPage, now: Milliseconds): boolean {
  return !isUnwanted && helpsAfterError(page, now)
}

/** RFC 9111 sections 4.3.3 and 4.3.4. */
function validated(head: ResponseHead, parts: PlanParts, page: StoredPage): Replacement {
  const received = ownHeaders(head)
  const isSame = isOfStored(received, page.headers)
  const headers = isSame ? freshenedFields(page.headers, received, parts.now) : page.headers
  // What the 304 says only of itself, such as a cookie, keeps its news out of the cache as well.
  const verdict: Storable = isSame
    ? judge({ ...head, status: page.status, headers: [...headers, ...cookies(received)] }, parts)
    : { verdict: 'refuse', reason: 'validator' }
  const age = verdict.verdict === 'store' ? verdict.age : ageNow(page, parts.now)
  const answer = answerOf(parts, { ...page, headers }, age)
  const status = statusOf(parts, page.headers, 304, verdict)
  const changes = inPlaceOf(head, answer, status, cookies(received))
  // The 304 may bring a field for its client alone, or say so of one that was stored.
  const leaveOut = verdict.verdict === 'store' ? (verdict.leaveOut ?? []) : []
  const kept = filterHeaders(headers, (name) => !leaveOut.includes(name))
  return { changes, verdict, headers: kept }
}

function cookies(headers: HeaderList): string[] {
  return filterHeaders(headers, (name) => name === 'set-cookie')
}

function ageNow({ age, createdAt }: StoredPage, now: Milliseconds): Seconds {
  return age + Math.floor(Math.max(0, now - createdAt) / 1000)
}

function answerOf({ request, now }: PlanParts, page: StoredPage, age: Seconds): PageHit {
  return pageAnswer(request, page, age, 0, { cacheStatus: false, now })
}

function statusOf(
  parts: PlanParts,
  headers: HeaderList,
  forwarded: number,
  verdict: Storable,
): string[] {
  const isStored = verdict.verdict === 'store' && parts.mayStore
  const detail = verdict.verdict === 'store' ? parts.reason : verdict.reason
  const forward = `${parts.forward}; fwd-status=${forwarded}`
  return statusField(parts.options, headers, forward, isStored, detail)
}

/** Nothing of what the handler set is sent; what was there before it is. */
function inPlaceOf(
  head: ResponseHead,
  { status, headers, body }: PageHit,
  cacheStatus: HeaderList,
  more: HeaderList,
): HeadChanges {
  const told = cacheStatus.length === 0 ? headers : filterHeaders(headers, isNoStatus)
  const remove = headerFields(ownHeaders(head)).map(([name]) => name)
  return { status, set: [...told, ...cacheStatus, ...more], remove, keepBytes: 0, replace: body }
}

const isNoStatus = (name: string) => name !== 'cache-status'

/**
 * Whether an answer that is not stored shows that what is stored must not be served any more: one
 * that says nothing of the page, such as a 403 or 429, does not.
 */
export function replacesOld(status: number): boolean {
  return status < 400 || status === 404 || status === 410
}
