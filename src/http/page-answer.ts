import type { Milliseconds, Seconds } from '../units.ts'
import { cacheStatus } from './announce.ts'
import {
  answerFor,
  type ConditionalAnswer,
  conditionsOf,
  notModifiedHeaders,
  refusalHeaders,
} from './conditional.ts'
import type { HeaderList, PageRequest } from './message.ts'
import type { StoredPage } from './page-entry.ts'
import { acceptedForms, bodyIn, chosenForm, type PageForm, preparedOf } from './page-forms.ts'
import { type RangeAnswer, rangeAnswer } from './range.ts'

/** A page from the cache, ready to be sent. */
export interface PageHit {
  readonly kind: 'hit'
  readonly status: number
  readonly headers: HeaderList
  /** Empty for a HEAD, a 304, a 412 and a 416. */
  readonly body: Buffer
}

/**
 * How a stored page answers this request: as it is or compressed, as a 304 or 412, in part, or by
 * its head alone. Compresses nothing: what it sends is stored.
 */
export function pageAnswer(
  request: PageRequest,
  page: StoredPage,
  age: Seconds,
  ttl: Seconds,
  options: { readonly cacheStatus: boolean; readonly now: Milliseconds },
): PageHit {
  const told = ['Age', String(age)]
  const upstream = preparedOf(page).cacheStatus
  if (options.cacheStatus) told.push('Cache-Status', cacheStatus(upstream, `hit; ttl=${ttl}`))
  else if (upstream !== undefined) told.push('Cache-Status', upstream)
  const special = page.status === 200 ? specialAnswer(request, page, told, options.now) : undefined
  if (special !== undefined) return special
  const form = chosenForm(page, acceptedBy(request, page))
  const body = bodyIn(page, form.coding)
  const headers = form.headers.concat(told)
  // RFC 9110 section 8.6: a 204 has none.
  if (page.status !== 204) headers.push('Content-Length', String(body.length))
  const { status } = page
  return { kind: 'hit', status, headers, body: request.method === 'HEAD' ? NOTHING : body }
}

/** In place of a page that is not there, for a request that wants no other. */
export function notCached({ cacheStatus: isTold }: { readonly cacheStatus: boolean }): PageHit {
  const told = isTold ? ['Cache-Status', cacheStatus(undefined, 'detail=only-if-cached')] : []
  return { kind: 'hit', status: 504, headers: [...told, 'Content-Length', '0'], body: NOTHING }
}

/** A page in one form only is for everybody whom its key let in. */
function acceptedBy(request: PageRequest, { codings }: StoredPage): string | undefined {
  return codings.length === 0 ? undefined : request.header('accept-encoding')
}

/** Conditions first, then `Range`: RFC 9110 section 13.2.2. */
function specialAnswer(
  request: PageRequest,
  page: StoredPage,
  told: readonly string[],
  now: Milliseconds,
): PageHit | undefined {
  const conditions = conditionsOf(request)
  const range = request.method === 'GET' ? request.header('range') : undefined
  if (conditions === undefined && range === undefined) return undefined
  const forms = acceptedForms(page, acceptedBy(request, page))
  if (conditions !== undefined) {
    const { lastModified } = preparedOf(page)
    const answers = forms.map((form): [ConditionalAnswer, PageForm] => {
      const validators = { etag: form.etag, lastModified }
      return [answerFor(request.method, conditions, validators, now), form]
    })
    // With the tag of the form that the client has: it is the one that it may go on using.
    const [, current] = answers.find(([answer]) => answer === 'not-modified') ?? []
    if (current !== undefined) return bodiless(304, notModifiedHeaders(current.headers), told)
    if (answers.every(([answer]) => answer === 'failed')) {
      return bodiless(412, refusalHeaders(forms[0]?.headers ?? []), told)
    }
  }
  if (range === undefined) return undefined
  // `If-Range` names the form that the client has a part of.
  const rangeForms = request.header('if-range') === undefined ? forms.slice(0, 1) : forms
  for (const { coding, headers } of rangeForms) {
    const part = rangeAnswer(request, headers, bodyIn(page, coding), now)
    if (part !== undefined) return partial(part, told)
  }
  return undefined
}

function bodiless(status: number, headers: HeaderList, told: readonly string[]): PageHit {
  const length = status === 304 ? [] : ['Content-Length', '0']
  return { kind: 'hit', status, headers: [...headers, ...told, ...length], body: NOTHING }
}

function partial({ status, headers, body }: RangeAnswer, told: readonly string[]): PageHit {
  return { kind: 'hit', status, headers: [...headers, ...told], body }
}

const NOTHING = Buffer.alloc(0)
