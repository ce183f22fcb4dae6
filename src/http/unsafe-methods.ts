/**
 * What a request that changes something makes invalid: RFC 9111 section 4.4.
 *
 * @module
 */

import { type HeaderList, headerValues, type PageRequest } from './message.ts'
import { requestOrigin } from './page-key.ts'

/** RFC 9110 section 9.2.1, and those that others have registered as safe. */
const SAFE: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PROPFIND',
  'QUERY',
  'REPORT',
  'SEARCH',
  'TRACE',
])

/**
 * The addresses that no stored page may be served for any more: none where the method is safe or
 * the answer an error; else the one that was asked for, and those that `Location` and
 * `Content-Location` name, of the same origin only: another site must not be able to empty this
 * cache. `origin` is the option of that name.
 */
export function invalidatedBy(
  request: PageRequest,
  status: number,
  headers: HeaderList,
  origin: string,
): readonly string[] {
  if (SAFE.has(request.method) || status < 200 || status > 399) return []
  const target = (origin === 'request' ? requestOrigin(request) : origin) + request.target
  if (!request.target.startsWith('/') || !URL.canParse(target)) return []
  const named = [...headerValues(headers, 'location'), ...headerValues(headers, 'content-location')]
    .filter((text) => URL.canParse(text, target))
    .map((text) => new URL(text, target))
    .filter((url) => url.origin === new URL(target).origin)
    .map((url) => url.href.replace(/#.*$/s, ''))
  return [...new Set([target, ...named])]
}
