import type { Milliseconds, Seconds } from '../units.ts'
import { cacheStatus } from './announce.ts'
import { isNotModified, notModifiedHeaders } from './conditional.ts'
import { type HeaderList, headerValue, type PageRequest, withHeader } from './message.ts'
import type { StoredPage } from './page-entry.ts'
import { rangeAnswer } from './range.ts'

/** A page from the cache, ready to be sent. */
export interface PageHit {
  readonly kind: 'hit'
  readonly status: number
  readonly headers: HeaderList
  /** Empty for a HEAD, a 304 and a 416. */
  readonly body: Buffer
}

/** How a stored page answers this request: as it is, as a 304, in part, or by its head alone. */
export function pageAnswer(
  request: PageRequest,
  page: StoredPage,
  age: Seconds,
  ttl: Seconds,
  options: { readonly cacheStatus: boolean; readonly now: Milliseconds },
): PageHit {
  const headers = [...page.headers, 'Age', String(age)]
  const status = headerValue(page.headers, 'cache-status')
  const told = options.cacheStatus
    ? withHeader(headers, 'Cache-Status', cacheStatus(status, `hit; ttl=${ttl}`))
    : headers
  if (page.status === 200 && isNotModified(request, page.headers, options.now)) {
    return { kind: 'hit', status: 304, headers: notModifiedHeaders(told), body: NOTHING }
  }
  const part = page.status === 200 ? rangeAnswer(request, told, page.body, options.now) : undefined
  if (part !== undefined) return { kind: 'hit', ...part }
  const full = [...told, 'Content-Length', String(page.body.length)]
  const body = request.method === 'HEAD' ? NOTHING : page.body
  return { kind: 'hit', status: page.status, headers: full, body }
}

const NOTHING = Buffer.alloc(0)
