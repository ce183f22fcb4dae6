import type { Cache } from '../../../src/cache/cache.ts'
import { type Caches, createCaches } from '../../../src/caches.ts'
import type { HeadChanges } from '../../../src/http/head-plan.ts'
import { headerValue, type PageRequest } from '../../../src/http/message.ts'
import { PageCache } from '../../../src/http/page-cache.ts'
import type { PageOptions, PagePolicy } from '../../../src/http/page-options.ts'
import type { PageRender } from '../../../src/http/page-render.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { pageRequest } from './page-request.ts'

/** What the application answers with. */
export interface Answer {
  readonly status?: number
  readonly headers?: readonly string[]
  readonly body?: string
}

export interface Visit {
  /** Whether the page came from the cache. */
  readonly isHit: boolean
  readonly status: number
  readonly text: string
  /** Of a hit all its headers, else what the page cache put on the response. */
  header(name: string): string | undefined
}

/** Sends a page that `PageCache.open` left to the application, all at once. */
export async function send(render: PageRender, answer: Answer = {}): Promise<HeadChanges> {
  const { status = 200, headers = [], body = 'page' } = answer
  const bytes = Buffer.from(body)
  const changes = render.head({ status, headers, body: bytes })
  render.sent([...headers, ...changes.set])
  await render.end(changes.keepBytes > 0 ? bytes : Buffer.alloc(0))
  return changes
}

/** One request from beginning to end. */
export async function visit(
  pages: PageCache,
  request: PageRequest,
  answer: Answer = {},
  policy: PagePolicy = {},
): Promise<Visit> {
  const opened = await pages.open(request, policy)
  if (opened.kind === 'hit') {
    const { status, headers, body } = opened
    return {
      isHit: true,
      status,
      text: body.toString(),
      header: (name) => headerValue(headers, name),
    }
  }
  const { status, set } = await send(opened, answer)
  const text = answer.body ?? 'page'
  return { isHit: false, status, text, header: (name) => headerValue(set, name) }
}

/** A page cache in memory, with a clock to move. */
export function memoryPages(options: PageOptions = {}) {
  const clock = new FakeClock()
  const caches: Caches = createCaches({ default: 'memory://' }, { clock })
  const pages = new PageCache(caches.default, options)
  const get = (target = '/', headers: Record<string, string> = {}) =>
    pageRequest({ target, headers })
  return { clock, caches, cache: caches.default satisfies Cache, pages, get }
}
