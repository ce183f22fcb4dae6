import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { AdminContext } from './access.ts'

/** What answers; {@link Admin.fetch}. */
export type AdminFetch = (request: Request, context: AdminContext) => Promise<Response>

/** What Express adds to a request of node:http; connect and its like do not say `baseUrl`. */
export interface MountedMessage extends IncomingMessage {
  readonly baseUrl?: string
  readonly originalUrl?: string
}

/** What of a request's path names the dashboard: what mounting it took away from `url`. */
export function baseOf({ baseUrl, originalUrl = '', url = '' }: MountedMessage): string {
  if (baseUrl !== undefined) return baseUrl
  const [whole = '', rest = ''] = [pathOf(originalUrl), pathOf(url)]
  // Mounted at its own path, `url` is a slash that was not asked for.
  if (rest === '/' && !whole.endsWith('/')) return whole
  return whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : ''
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? ''
}

/** Where a request was sent to, and how much of it names the dashboard. */
export interface Target {
  readonly url: string
  readonly basePath: string
}

/**
 * Answers one request of node:http by `fetch`. Never rejects; resolves when the answer is written or
 * the client is gone. The body of a request is read only where somebody reads that of the `Request`.
 */
export async function answer(
  fetch: AdminFetch,
  incoming: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  try {
    await write(fetch, incoming, response, target)
  } catch {
    // The client left, which is how every event stream ends; or somebody else wrote to the response.
    response.destroy()
  }
}

async function write(
  fetch: AdminFetch,
  incoming: IncomingMessage,
  response: ServerResponse,
  { url, basePath }: Target,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const remoteAddress = incoming.socket.remoteAddress
  const request = toRequest(incoming, url, gone.signal)
  if (request === undefined) {
    response.writeHead(400, { 'cache-control': 'no-store' }).end()
    return
  }
  const answered = await fetch(request, { remoteAddress, basePath, incoming })
  response.writeHead(answered.status, Object.fromEntries(answered.headers))
  if (answered.body === null) {
    response.end()
    return
  }
  await pipeline(Readable.fromWeb(answered.body as NodeReadableStream<Uint8Array>), response)
}

/** `undefined` where the request line is not one that `URL` and `Request` take. */
function toRequest(
  incoming: IncomingMessage,
  url: string,
  signal: AbortSignal,
): Request | undefined {
  // Only a path: an absolute target would bring a host of its own into the URL.
  if (!url.startsWith('/')) return undefined
  const headers = new Headers()
  try {
    for (const [name, value] of Object.entries(incoming.headersDistinct)) {
      // HTTP/2 brings `:path` and the like; what they say is in the URL, but for the host.
      if (name.startsWith(':')) continue
      for (const one of value ?? []) headers.append(name, one)
    }
    const authority = incoming.headers[':authority']
    if (typeof authority === 'string') headers.set('host', authority)
    // The host is not put into the URL: it stays a header, which only the access check reads.
    const method = incoming.method ?? 'GET'
    const body = method === 'POST' ? bodyOf(incoming) : null
    const address = new URL(`http://localhost${url}`)
    // What the types of browsers leave out: a body that streams needs it.
    const streaming: { duplex: 'half' } = { duplex: 'half' }
    return new Request(address, { method, headers, signal, body, ...streaming })
  } catch {
    return undefined
  }
}

/** What somebody before us has read, such as a parser of bodies, is written anew from what it made of it. */
function bodyOf(incoming: IncomingMessage): string | ReadableStream<Uint8Array> {
  const parsed = (incoming as { body?: unknown }).body
  if (incoming.readableEnded && typeof parsed === 'object' && parsed !== null) {
    return JSON.stringify(parsed)
  }
  return Readable.toWeb(incoming) as ReadableStream<Uint8Array>
}
