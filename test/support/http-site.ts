import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import * as inNode from '../../src/frameworks/node.ts'
import type { MountOptions } from '../../src/http/mount.ts'
import { startSite, type TestSite } from './page-hosts.ts'

/** What an origin answers. */
export interface OriginAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
}

export type Origin =
  | OriginAnswer
  | ((headers: IncomingHttpHeaders) => OriginAnswer | Promise<OriginAnswer>)

/** A shared cache of HTTP mode before an origin of `node:http`. */
export interface HttpSite extends TestSite {
  /** What the origin answers from now on. */
  answer(origin: Origin): void
  /** The headers of the requests that reached the origin. */
  readonly asked: readonly IncomingHttpHeaders[]
  /** The bodies of as many answers as there are `headers`, one after the other. */
  texts(...headers: Record<string, string>[]): Promise<string[]>
}

/** Every answer has a body of its own, unless one is given: `page 1`, `page 2`. */
export async function startHttpSite(
  first: Origin,
  options: MountOptions<IncomingMessage> = {},
): Promise<HttpSite> {
  let origin = first
  let count = 0
  const asked: IncomingHttpHeaders[] = []
  const site = await startSite(
    (caches, mounted, handler) => inNode.cacheSite(caches, mounted)(handler),
    async (request, response) => {
      asked.push({ ...request.headers })
      const {
        status = 200,
        headers = {},
        body,
      } = await (typeof origin === 'function' ? origin(request.headers) : origin)
      response.statusCode = status
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      const isBodiless = status === 304 || status === 204
      response.end(isBodiless ? undefined : (body ?? `page ${++count}`))
    },
    { mode: 'http', ...options },
  )
  // Not spread: how often the origin was asked is a getter.
  return Object.assign(Object.create(site) as TestSite, {
    answer: (next: Origin) => {
      origin = next
    },
    asked,
    texts: async (...headers: Record<string, string>[]) => {
      const texts: string[] = []
      for (const each of headers) texts.push((await site.ask('/', { headers: each })).text)
      return texts
    },
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  })
}

/** An answer that comes when it is let through. */
export function gated(answer: OriginAnswer) {
  let open = () => {}
  let reached = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const asked = new Promise<void>((resolve) => {
    reached = resolve
  })
  const waiting = async () => {
    reached()
    await opened
    return answer
  }
  return { answer: waiting, asked, open: () => open() }
}

/** An origin that knows its state, as those that answer 304 do. */
export const origin =
  (etag: string, headers: Record<string, string> = {}, body?: string) =>
  (asked: { 'if-none-match'?: string | undefined }): OriginAnswer => {
    const fields = { ETag: etag, 'Cache-Control': 'max-age=60', ...headers }
    if (asked['if-none-match'] === etag) return { status: 304, headers: fields }
    return { headers: fields, ...(body === undefined ? {} : { body }) }
  }
