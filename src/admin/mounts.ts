import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AdminFetch, answer } from './node-listener.ts'

// Of each framework, what is used. Its own types are wider, and their packages are not needed.

interface FastifyRequestLike {
  readonly raw: object
  readonly params: unknown
  readonly originalUrl: string
}

interface FastifyReplyLike {
  readonly raw: object
  hijack(): unknown
}

interface FastifyLike {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    parser: (request: never, payload: never, done: (error: null) => void) => void,
  ): unknown
  all(
    path: string,
    handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => void,
  ): unknown
}

/** A plugin of Fastify 5. */
export type FastifyMount = (app: object, options: unknown, done: () => void) => void

/** What of Koa's context is used. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly originalUrl: string
  readonly path: string
  respond?: boolean
}

/** A middleware of Koa 3. */
export type KoaMount = (context: KoaContextLike, next: () => Promise<unknown>) => Promise<unknown>

/** What of Hono's context is used. */
export interface HonoContextLike {
  readonly env: unknown
  readonly req: { readonly raw: Request; readonly path: string; readonly routePath: string }
}

/** A handler of Hono 4. */
export type HonoMount = (context: HonoContextLike) => Promise<Response>

/** The routes of a plugin with a prefix of its own. What its body is, nobody reads before us. */
export function mountFastify(fetch: AdminFetch): FastifyMount {
  return function reprise(instance, _options, done) {
    const app = instance as FastifyLike
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    const handle = (request: FastifyRequestLike, reply: FastifyReplyLike): void => {
      reply.hijack()
      const [incoming, response] = [request.raw as IncomingMessage, reply.raw as ServerResponse]
      const url = incoming.url ?? request.originalUrl
      const [path = ''] = url.split('?')
      const rest = (request.params as { '*'?: string })['*']
      // Of `/admin/cache/*` the star is what follows the slash; of `/admin/cache` there is none.
      const basePath = rest === undefined ? path : cutLast(path, rest)
      void answer(fetch, incoming, response, { url, basePath })
    }
    app.all('', handle)
    app.all('/*', handle)
    done()
  }
}

export function mountKoa(fetch: AdminFetch, basePath: string): KoaMount {
  const base = basePath.endsWith('/') ? basePath.slice(0, -1) : basePath
  return async function reprise(context, next) {
    const { path, originalUrl, req, res } = context
    if (path !== base && !path.startsWith(`${base}/`)) return next()
    const [whole = ''] = originalUrl.split('?')
    // What `koa-mount` took away is in front of `path`.
    const outer = whole.endsWith(path) ? whole.slice(0, whole.length - path.length) : ''
    context.respond = false
    const mounted = path === '/' && !whole.endsWith('/') ? whole : outer + base
    return answer(fetch, req, res, { url: originalUrl, basePath: mounted })
  }
}

export function mountHono(fetch: AdminFetch): HonoMount {
  return ({ env, req }) => {
    // As many segments as the route has before its star: some may be parameters.
    const segments = req.routePath.replace(/\/?\*?$/, '').split('/').length
    const { pathname } = new URL(req.raw.url)
    const basePath = pathname.split('/').slice(0, segments).join('/')
    const incoming = (env as { incoming?: IncomingMessage } | undefined)?.incoming
    return fetch(req.raw, { basePath, incoming, remoteAddress: incoming?.socket?.remoteAddress })
  }
}

/** `path` without `rest` at its end, which may be encoded otherwise there: then by its slashes. */
function cutLast(path: string, rest: string): string {
  const cut = path.endsWith(rest) ? path.slice(0, path.length - rest.length) : bySlashes(path, rest)
  return cut.endsWith('/') ? cut.slice(0, -1) : cut
}

function bySlashes(path: string, rest: string): string {
  return path.split('/').slice(0, -rest.split('/').length).join('/')
}
