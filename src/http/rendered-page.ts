/**
 * What is stored of a page that was rendered, and whether it may be.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import { bodyTag, storedFields } from './announce.ts'
import { makeCodings } from './encodings.ts'
import type { HoleFill } from './hole-fill.ts'
import { holedControl } from './holed-page.ts'
import { filterHeaders, type HeaderList, headerValue, withHeader } from './message.ts'
import type { RenderedPage } from './page-fill.ts'
import type { PagePolicy, ResolvedPageOptions } from './page-options.ts'
import type { Candidate } from './render-parts.ts'
import { siteStaleRule } from './stale-windows.ts'
import { incompleteReason, lateReason } from './storable.ts'
import { coversVary, parseVary } from './vary.ts'

/** What the head that was sent says against storing; `undefined`: nothing. */
export function sentReason(
  candidate: Candidate,
  sent: HeaderList,
  { mode, targeted, cookies }: ResolvedPageOptions,
  fill: HoleFill | undefined,
): string | undefined {
  const ours = holedControl(candidate.headers)
  const isOurs = fill !== undefined && headerValue(sent, 'cache-control') === ours
  const headers = isOurs ? filterHeaders(sent, (name) => name !== 'cache-control') : sent
  const reason = lateReason(candidate.status, headers, mode === 'http' ? { targeted } : undefined)
  if (reason !== undefined) return reason
  // A compressor further out varies what it makes of the stored page, for each client anew.
  const known = [...candidate.vary, 'accept-encoding']
  if (cookies !== 'ignore') known.push('cookie')
  return coversVary(known, parseVary(headers)) ? undefined : 'late-vary'
}

/** What the body that was sent says against storing; `undefined`: nothing. */
export function bodyReason(
  { headers, old }: Candidate,
  body: Buffer,
  { maxBodyBytes }: ResolvedPageOptions,
  fill: HoleFill | undefined,
): string | undefined {
  if (old !== undefined) return undefined
  if (fill?.isTooLarge === true) return 'too-large'
  return fill === undefined ? incompleteReason(headers, body.length, maxBodyBytes) : fill.refusal
}

interface RenderedHow {
  readonly options: ResolvedPageOptions
  readonly policy: PagePolicy
  readonly createdAt: Milliseconds
  readonly ttl: Seconds
  readonly now: Milliseconds
}

/** The page as it is stored, and for how long it is kept after its lifetime. */
export async function renderedPage(
  candidate: Candidate,
  body: Buffer,
  { options, policy, createdAt, ttl, now }: RenderedHow,
  fill: HoleFill | undefined,
): Promise<{ readonly page: RenderedPage; readonly keepFor: Seconds }> {
  const { status, age, old, tags } = candidate
  const tag =
    headerValue(candidate.headers, 'etag') ?? (fill === undefined ? bodyTag(body) : undefined)
  const tagged = tag === undefined ? candidate.headers : withHeader(candidate.headers, 'ETag', tag)
  const headers = storedFields(tagged, now)
  const stale = candidate.stale ?? siteStaleRule(headers, policy, options)
  const keepFor = Math.max(candidate.keepFor, stale.whileRevalidate, stale.ifError)
  const holes = fill?.stored()
  const isWhole = old === undefined && fill === undefined
  const codings = isWhole ? await makeCodings(headers, body, options) : (old?.codings ?? [])
  const page = {
    ...{ status, headers, createdAt, age, ttl },
    ...(keepFor > 0 ? { stale } : {}),
    // For the 304 by which its handler may confirm it one day.
    ...(options.mode === 'http' && tags.length > 0 ? { tags } : {}),
    ...{ body: old?.body ?? body, codings },
    ...(holes === undefined ? {} : { holes }),
  }
  return { page, keepFor }
}
