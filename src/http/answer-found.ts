import { holedAnswer } from './holed-page.ts'
import { notCached, type PageHit, pageAnswer } from './page-answer.ts'
import type { StoredPage } from './page-entry.ts'
import type { PageReader } from './page-read.ts'
import type { PageAddress } from './page-slot.ts'
import type { PageQuestion } from './page-verdict.ts'
import type { RenderParts } from './render-parts.ts'

/** A page as its backend gave it. */
export interface FoundPage {
  readonly page: StoredPage
  readonly state: 'fresh' | 'stale'
}

/** Answers with what was found; `undefined`: it is no answer to this request. */
export function answerFound(
  { page, state }: FoundPage,
  question: PageQuestion,
  { request, clock, options, policy, endEvent }: RenderParts,
): PageHit | Promise<PageHit> | undefined {
  const now = clock.now()
  const verdict = question.judge(page, state, now)
  if (!verdict.use) return undefined
  const { age, ttl } = verdict
  if (page.holes !== undefined) {
    endEvent(state === 'stale' ? 'stale' : 'hit')
    const found = { page, stored: page.holes }
    return holedAnswer(request, found, verdict, options, policy.holes ?? {})
  }
  const hit = pageAnswer(request, page, age, ttl, { cacheStatus: options.cacheStatus, now })
  endEvent(hit.status === 304 ? 'revalidated' : state === 'stale' ? 'stale' : 'hit')
  return hit
}

/** Answers with what is there, or with a 504: RFC 9111 section 5.2.1.7. */
export async function onlyIfCached(
  reader: PageReader,
  address: PageAddress,
  question: PageQuestion,
  parts: RenderParts,
): Promise<PageHit> {
  // A stale page is told of to who may replace it: this request gives that right back at once.
  const read = await reader.read(address, 'lease')
  if (read.kind === 'lead') void read.lease.release()
  const old = read.kind === 'lead' ? read.old : undefined
  const found = read.kind === 'hit' ? read : old && ({ page: old, state: 'stale' } as const)
  const hit = found && answerFound(found, question, parts)
  if (hit === undefined) parts.endEvent('bypass', 'only-if-cached')
  return hit ?? notCached(parts.options)
}
