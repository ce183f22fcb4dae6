/**
 * The page cache for whoever has a web-standard `Request` and makes a `Response`.
 *
 * @module
 */

import { publishError } from '../channels.ts'
import { BodyCopy } from './body-copy.ts'
import { filledBody } from './filled-body.ts'
import type { HeadChanges } from './head-plan.ts'
import { headerFields, type PageRequest } from './message.ts'
import type { PageHit } from './page-answer.ts'
import type { PageCache } from './page-cache.ts'
import type { PagePolicy } from './page-options.ts'
import type { PageRender } from './page-render.ts'
import type { RevalidationFields } from './revalidation.ts'

/**
 * Answers `request` from `pages`, or by `render`, storing what may be stored.
 *
 * A body is passed on as it comes. What `render` throws is thrown on, and nothing is stored.
 */
export async function respond(
  pages: PageCache,
  request: Request,
  render: (request: Request) => Response | Promise<Response>,
  policy: PagePolicy = {},
): Promise<Response> {
  return respondOpened(await pages.openShared(webPageRequest(request), policy), request, render)
}

/** What a handler's answer is told to: a {@link PageRender}, or what stands in front of one. */
export type WatchedRender = Pick<
  PageRender,
  | 'kind'
  | 'hidesConditions'
  | 'conditions'
  | 'canStandIn'
  | 'run'
  | 'head'
  | 'sent'
  | 'refuse'
  | 'end'
  | 'abandon'
>

/** As {@link respond}, for what `PageCache.open` gave already. */
export async function respondOpened(
  opened: PageHit | WatchedRender,
  request: Request,
  render: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  if (opened.kind === 'hit') {
    const { status, headers, body } = opened
    const isBodiless = request.method === 'HEAD' || hasNoBody(status)
    const content = isBodiless ? null : (body as Uint8Array<ArrayBuffer>)
    return new Response(content, { status, headers: headerFields(headers) })
  }
  try {
    const asked = opened.hidesConditions ? conditional(request, opened) : request
    return sent(opened, await opened.run(() => render(asked)))
  } catch (error) {
    const isAnswered = opened.canStandIn
    const stale = isAnswered ? sent(opened, new Response(null, { status: 500 })) : undefined
    if (stale === undefined) {
      opened.abandon('error')
      throw error
    }
    publishError({ error, operation: 'page' })
    return stale
  }
}

/** A `Response` with one of these throws at a body, even at an empty one. */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}

function webPageRequest(request: Request): PageRequest {
  const url = new URL(request.url)
  const seen: PageRequest = {
    method: request.method,
    scheme: url.protocol.slice(0, -1),
    host: url.host,
    target: url.pathname + url.search,
    header: (name) => request.headers.get(name) ?? undefined,
    // Nobody can change the headers of this object: a handler that wants others makes a new one.
    snapshot: () => ({ ...seen, header: headersOf(new Headers(request.headers)) }),
  }
  return seen
}

function headersOf(headers: Headers): PageRequest['header'] {
  return (name) => headers.get(name) ?? undefined
}

function conditional(request: Request, { conditions }: WatchedRender): Request {
  return new Request(request, { headers: withConditions(request.headers, conditions) })
}

/** A copy of `headers` with `conditions` in the place of what makes an answer a 304. */
export function withConditions(headers: Headers, conditions: RevalidationFields): Headers {
  const changed = new Headers(headers)
  changed.delete('if-none-match')
  changed.delete('if-modified-since')
  for (const [name, value] of Object.entries(conditions)) changed.set(name, value)
  return changed
}

function sent(render: WatchedRender, response: Response): Response {
  const changes = render.head({ status: response.status, headers: [...response.headers].flat() })
  const headers = changedHeaders(response.headers, changes)
  render.sent([...headers].flat())
  const { status, keepBytes, replace, fill } = changes
  const isSent = status === response.status
  const head = { status, statusText: isSent ? response.statusText : '', headers }
  if (replace !== undefined) {
    void response.body?.cancel()
    void render.end(Buffer.alloc(0))
    return new Response(hasNoBody(status) ? null : (replace as Uint8Array<ArrayBuffer>), head)
  }
  if (response.body === null) {
    void render.end(Buffer.alloc(0))
    return new Response(null, head)
  }
  if (fill === undefined && keepBytes === 0) {
    void render.end(Buffer.alloc(0))
    if (!isSent) void response.body.cancel()
    return new Response(isSent ? response.body : null, head)
  }
  const { body } = response
  const copied = fill ? filledBody(render, body, fill) : copyOf(render, body, keepBytes)
  if (isSent) return new Response(copied, head)
  // The client has this page; the cache does not.
  void drain(copied)
  return new Response(null, head)
}

function changedHeaders(from: Headers, { set, remove }: HeadChanges): Headers {
  const headers = new Headers(from)
  for (const name of remove) headers.delete(name)
  const seen = new Set<string>()
  for (const [name, value] of headerFields(set)) {
    if (seen.has(name.toLowerCase())) headers.append(name, value)
    else headers.set(name, value)
    seen.add(name.toLowerCase())
  }
  return headers
}

function copyOf(
  render: WatchedRender,
  body: ReadableStream<Uint8Array>,
  keepBytes: number,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const copy = new BodyCopy(keepBytes)
  return new ReadableStream({
    async pull(controller) {
      try {
        // What makes the next bytes speaks of the same page, whoever asks for them.
        const { done, value } = await render.run(() => reader.read())
        if (done) {
          controller.close()
          await render.end(copy.whole())
          return
        }
        if (!copy.push(value)) render.refuse('too-large')
        controller.enqueue(value)
      } catch (error) {
        render.abandon('error')
        controller.error(error)
      }
    },
    async cancel(reason) {
      render.abandon('aborted')
      await reader.cancel(reason)
    },
  })
}

async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  try {
    const reader = body.getReader()
    while (!(await reader.read()).done);
  } catch {
    // The copy was told of it already: nothing is stored.
  }
}
