/**
 * What is told of a page with holes, and how a stored one is put together.
 *
 * @module
 */

import type { Seconds } from '../units.ts'
import { cacheStatus } from './announce.ts'
import { parseCacheControl } from './cache-control.ts'
import { filterHeaders, type HeaderList, headerValues, type PageRequest } from './message.ts'
import type { PageHit } from './page-answer.ts'
import type { StoredPage } from './page-entry.ts'
import { preparedOf } from './page-forms.ts'
import { type PageHoles, renderHoles, type StoredHoles } from './page-holes.ts'

/**
 * Fields of the bytes without what is in the holes, or of bytes that are the same for all: no answer
 * has them. No answer can be asked for in part either, nor be told from a later one.
 */
export const NOT_OF_HOLED: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-digest',
  'content-length',
  'content-md5',
  'digest',
  'etag',
  'last-modified',
  'repr-digest',
])

/** What lets somebody else keep an answer. */
const OF_OTHER_CACHES =
  /^(?:(?:.+-)?cache-control|expires|pragma|surrogate-control|edge-control|x-accel-expires)$/

/** Whether a field stays on the answer of one visitor. `targeted`: what this cache reads besides. */
export function staysOnHoled(name: string, targeted: readonly string[]): boolean {
  return !NOT_OF_HOLED.has(name) && !OF_OTHER_CACHES.test(name) && !targeted.includes(name)
}

/** It is one visitor's own, and nobody else's to keep. */
export function holedControl(headers: HeaderList): string {
  const said = parseCacheControl(headerValues(headers, 'cache-control'))
  return said.has('no-store') ? 'private, no-cache, no-store' : 'private, no-cache'
}

/** A stored page, with its holes as this request has them. Never rejects. */
export async function holedAnswer(
  request: PageRequest,
  { page, stored }: { readonly page: StoredPage; readonly stored: StoredHoles },
  { age, ttl }: { readonly age: Seconds; readonly ttl: Seconds },
  options: {
    readonly cacheStatus: boolean
    readonly targeted: readonly string[]
  },
  holes: PageHoles,
): Promise<PageHit> {
  const texts = await Promise.all(renderHoles(stored.calls, holes))
  const body = assembled(page.body, stored, texts)
  const { headers, cacheStatus: upstream } = preparedOf(page)
  const told = ['Cache-Control', holedControl(headers), 'Age', String(age)]
  if (options.cacheStatus) told.push('Cache-Status', cacheStatus(upstream, `hit; ttl=${ttl}`))
  else if (upstream !== undefined) told.push('Cache-Status', upstream)
  // RFC 9110 section 8.6: a 204 has none.
  if (page.status !== 204) told.push('Content-Length', String(body.length))
  const kept = filterHeaders(headers, (name) => staysOnHoled(name, options.targeted))
  return {
    kind: 'hit',
    status: page.status,
    headers: [...kept, ...told],
    body: request.method === 'HEAD' ? Buffer.alloc(0) : body,
  }
}

function assembled(body: Buffer, { places }: StoredHoles, texts: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (const [at, call] of places) {
    pieces.push(body.subarray(from, at), texts[call] ?? Buffer.alloc(0))
    from = at
  }
  return Buffer.concat([...pieces, body.subarray(from)])
}
