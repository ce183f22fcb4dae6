/**
 * The page cache for whoever has a web-standard `Request` and makes a `Response`.
 *
 * @module
 */

import { BodyCopy } from './body-copy.ts'
import type { HeadChanges } from './head-plan.ts'
import { headerFields, type PageRequest } from './message.ts'
import type { PageCache } from './page-cache.ts'
import type { PagePolicy } from './page-options.ts'
import type { PageRender } from './page-render.ts'

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
  const opened = await pages.open(webPageRequest(request), policy)
  if (opened.kind === 'hit') {
    const { status, headers, body } = opened
    const content = request.method === 'HEAD' || status === 304 ? null : body
    return new Response(content, { status, headers: headerFields(headers) })
  }
  try {
    return sent(opened, await render(opened.hidesConditions ? unconditional(request) : request))
  } catch (error) {
    opened.abandon('error')
    throw error
  }
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

function unconditional(request: Request): Request {
  const headers = new Headers(request.headers)
  headers.delete('if-none-match')
  headers.delete('if-modified-since')
  return new Request(request, { headers })
}

function sent(render: PageRender, response: Response): Response {
  const changes = render.head({ status: response.status, headers: [...response.headers].flat() })
  const headers = changedHeaders(response.headers, changes)
  render.sent([...headers].flat())
  const { status, keepBytes } = changes
  const isSent = status === response.status
  const head = { status, statusText: isSent ? response.statusText : '', headers }
  if (response.body === null) {
    void render.end(Buffer.alloc(0))
    return new Response(null, head)
  }
  if (keepBytes === 0) {
    void render.end(Buffer.alloc(0))
    if (!isSent) void response.body.cancel()
    return new Response(isSent ? response.body : null, head)
  }
  const copied = copyOf(render, response.body, keepBytes)
  if (isSent) return new Response(copied, head)
  // The client has this page; the cache does not.
  void drain(copied)
  return new Response(null, head)
}

function changedHeaders(from: Headers, { set, remove }: HeadChanges): Headers {
  const headers = new Headers(from)
  for (const name of remove) headers.delete(name)
  for (const [name, value] of headerFields(set)) headers.set(name, value)
  return headers
}

function copyOf(
  render: PageRender,
  body: ReadableStream<Uint8Array>,
  keepBytes: number,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const copy = new BodyCopy(keepBytes)
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
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
