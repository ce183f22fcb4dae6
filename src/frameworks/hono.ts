/**
 * `reprise/hono`: Django's page cache and header decorators as middleware of Hono 4, wherever it
 * runs.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from 'hono'
import type { Caches } from '../caches.ts'
import { systemClock } from '../clock.ts'
import { CONTENT_FIELDS } from '../http/announce.ts'
import type { CacheControlDirectives } from '../http/cache-control.ts'
import { conditionalAnswer, refusalHeaders } from '../http/conditional.ts'
import { headerFields, type PageRequest } from '../http/message.ts'
import { type Mounted, type MountOptions, mountPage, mountSite } from '../http/mount.ts'
import type { PageHit } from '../http/page-answer.ts'
import { hasNoBody, respondOpened } from '../http/web.ts'
import { cacheControlPolicy, neverCachePolicy, type Policy, varyPolicy } from './header-policies.ts'
import { HonoRender, renderOf } from './hono-render.ts'

export { noPageCache, pageHole, pageTags, pageTtl } from '../http/page-context.ts'
export { type PrewarmOptions, type PrewarmResult, prewarm } from '../http/prewarm.ts'
export { purgePage, purgeTags } from '../http/purge.ts'

/** How a site or a page is cached in Hono. */
export type HonoPageOptions = MountOptions<Context>

/**
 * Caches every page that may be, behind it. Its `ttl` is for pages that say nothing of themselves.
 *
 * Scheme and host are those of `context.req.url`: behind a proxy set `origin`.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { createCaches } from 'reprise'
 * import { cacheSite } from 'reprise/hono'
 *
 * const app = new Hono()
 * app.use(cacheSite(createCaches()))
 * app.get('/', (context) => context.text('Hello'))
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cacheSite(caches: Caches, options: HonoPageOptions = {}): MiddlewareHandler {
  return middlewareOf(mountSite(caches, options))
}

/**
 * Caches one route. Its `ttl` beats what the page says of itself, and that of a site around it.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { createCaches } from 'reprise'
 * import { cachePage } from 'reprise/hono'
 *
 * const app = new Hono()
 * app.get('/cities', cachePage(createCaches(), { ttl: 900 }), (context) =>
 *   context.text('Lagos, Lima, Lyon'),
 * )
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cachePage(caches: Caches, options: HonoPageOptions = {}): MiddlewareHandler {
  return middlewareOf(mountPage(caches, options))
}

/** Tells every cache, this one too, not to keep the page. */
export function neverCache(): MiddlewareHandler {
  return withPolicy(neverCachePolicy)
}

/**
 * Adds directives to the page's `Cache-Control`, whatever the handler set; the lesser `max-age`
 * wins.
 */
export function cacheControl(directives: CacheControlDirectives): MiddlewareHandler {
  return withPolicy(cacheControlPolicy(directives))
}

/**
 * Says that the page depends on these request headers: there is one copy for each of their values.
 */
export function varyOnHeaders(...names: string[]): MiddlewareHandler {
  return withPolicy(varyPolicy(names))
}

/** Says that the page depends on the cookies of the request. */
export function varyOnCookie(): MiddlewareHandler {
  return withPolicy(varyPolicy(['Cookie']))
}

/**
 * Answers a GET with a 304 where the client has the page already. It makes no tags, for a body in
 * Hono is a stream: Hono's own `etag()` reads it and makes one.
 *
 * An `If-Match` or `If-Unmodified-Since` that does not hold is answered with a 412.
 */
export function conditionalGet(): MiddlewareHandler {
  return async function answerConditionalGet(context, next) {
    const asked = pageRequestOf(context.req.raw).snapshot()
    await next()
    const { res } = context
    if (context.req.method !== 'GET' || res.status !== 200) return
    const fields = [...res.headers].flat()
    const answer = conditionalAnswer(asked, fields, systemClock.now())
    if (answer === 'full') return
    void res.body?.cancel()
    if (answer === 'failed') {
      const headers = headerFields(refusalHeaders(fields))
      replace(context, new Response(null, { status: 412, headers }))
      return
    }
    const headers = new Headers(res.headers)
    for (const name of CONTENT_FIELDS) headers.delete(name)
    replace(context, new Response(null, { status: 304, headers }))
  }
}

function middlewareOf({ pages, policy }: Mounted<Context>): MiddlewareHandler {
  return async function servePage(context, next) {
    const asked = policy(context)
    if (renderOf(context)?.leaves(pages, asked) === true) return next()
    const request = context.req.raw
    const opened = await pages.openShared(pageRequestOf(request), asked)
    if (opened.kind === 'hit') return hitOf(context, opened)
    const render = new HonoRender(context, pages, opened)
    const rendered = await respondOpened(render, request, async () => {
      await next()
      return context.res
    })
    replace(context, rendered)
  }
}

/** By way of the context, which adds what was set on it further out. */
function hitOf(context: Context, { status, headers, body }: PageHit): Response {
  const fields: Record<string, string | string[]> = {}
  for (const [name, value] of headerFields(headers)) {
    const known = fields[name]
    fields[name] = known === undefined ? value : [known, value].flat()
  }
  const hasBody = context.req.method !== 'HEAD' && !hasNoBody(status)
  const content = hasBody ? (body as Uint8Array<ArrayBuffer>) : null
  return context.newResponse(content, status as 200, fields)
}

/** Hono copies the fields of a response onto the one that takes its place, unless there is none. */
function replace(context: Context, response: Response): void {
  context.res = undefined
  context.res = response
}

function withPolicy(policy: Policy): MiddlewareHandler {
  return async function applyHeaderPolicy(context, next) {
    await next()
    policy({
      getHeader: (name) => context.res.headers.get(name) ?? undefined,
      hasHeader: (name) => context.res.headers.has(name),
      setHeader: (name, value) => context.header(name, value),
    })
  }
}

function pageRequestOf({ method, url, headers }: Request): PageRequest {
  const { protocol, host, pathname, search } = new URL(url)
  const seen: PageRequest = {
    method,
    scheme: protocol.slice(0, -1),
    host,
    target: pathname + search,
    header: (name) => headers.get(name) ?? undefined,
    snapshot: () => {
      const copy = new Headers(headers)
      return { ...seen, header: (name) => copy.get(name) ?? undefined }
    },
  }
  return seen
}
