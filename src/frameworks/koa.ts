/**
 * `reprise/koa`: Django's page cache and header decorators as middleware of Koa 3.
 *
 * @module
 */

import type { Context, Middleware, ParameterizedContext } from 'koa'
import type { Caches } from '../caches.ts'
import type { CacheControlDirectives } from '../http/cache-control.ts'
import { headerFields } from '../http/message.ts'
import { type Mounted, type MountOptions, mountPage, mountSite } from '../http/mount.ts'
import type { PageHit } from '../http/page-answer.ts'
import { cacheControlPolicy, neverCachePolicy, type Policy, varyPolicy } from './header-policies.ts'
import { runPage } from './node-capture.ts'
import { answerConditions } from './node-conditional.ts'
import { applyPolicy } from './node-policies.ts'
import { type Address, findPage, sendHit } from './node-serve.ts'

export { noPageCache, pageHole, pageTags, pageTtl } from '../http/page-context.ts'
export { purgePage, purgeTags } from '../http/purge.ts'

/** How a site or a page is cached in Koa. */
export type KoaPageOptions = MountOptions<Context>

/**
 * Caches every page that may be, behind it. Its `ttl` is for pages that say nothing of themselves.
 *
 * As the first middleware of an application it sends a hit past Koa. Behind others it sets status,
 * headers and body of the context, so that what they do after `next()` works on hits as well; what
 * they add is sent with each hit anew, and stored with the page.
 *
 * @example
 * ```ts
 * import Koa from 'koa'
 * import { createCaches } from 'reprise'
 * import { cacheSite } from 'reprise/koa'
 *
 * const app = new Koa()
 * app.use(cacheSite(createCaches()))
 * app.use((context) => {
 *   context.body = 'Hello'
 * })
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cacheSite(caches: Caches, options: KoaPageOptions = {}): Middleware {
  return middlewareOf(mountSite(caches, options))
}

/**
 * Caches one route, as a middleware of a router. Its `ttl` beats what the page says of itself, and
 * that of a site around it.
 *
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cachePage(caches: Caches, options: KoaPageOptions = {}): Middleware {
  return middlewareOf(mountPage(caches, options))
}

/** Tells every cache, this one too, not to keep the page. */
export function neverCache(): Middleware {
  return withPolicy(neverCachePolicy)
}

/**
 * Adds directives to the page's `Cache-Control`, whatever the handler set; the lesser `max-age`
 * wins.
 */
export function cacheControl(directives: CacheControlDirectives): Middleware {
  return withPolicy(cacheControlPolicy(directives))
}

/**
 * Says that the page depends on these request headers: there is one copy for each of their values.
 */
export function varyOnHeaders(...names: string[]): Middleware {
  return withPolicy(varyPolicy(names))
}

/** Says that the page depends on the cookies of the request. */
export function varyOnCookie(): Middleware {
  return withPolicy(varyPolicy(['Cookie']))
}

/**
 * Answers a GET with a 304 where the client has the page already, and gives it a tag where it has
 * none and is sent in one piece.
 *
 * An `If-Match` or `If-Unmodified-Since` that does not hold is answered with a 412.
 */
export function conditionalGet(): Middleware {
  return function answerConditionalGet(context, next) {
    answerConditions(context.req, context.res)
    return next()
  }
}

function middlewareOf({ pages, policy }: Mounted<Context>): Middleware {
  return async function servePage(context: ParameterizedContext, next) {
    const { app, req: request, res: response } = context
    const address = addressOf(context)
    const asked = policy(context as Context)
    const found = findPage({ request, response, pages, policy: asked, address })
    const hit = found instanceof Promise ? await found : found
    if (hit === undefined) {
      // Koa keeps what it made of the headers when somebody further out asked for `accepts`: reads
      // of that would not be noticed.
      Object.assign(context.request, { accept: undefined })
      await runPage(response, next)
    } else if (response.headersSent || response.destroyed) {
      context.respond = false
    } else if (app.middleware[0] === servePage) {
      context.respond = false
      sendHit(response, hit)
    } else {
      leaveToKoa(context, hit)
    }
  }
}

/** The way of Koa: whoever is further out may still change it. */
function leaveToKoa(context: ParameterizedContext, { status, headers, body }: PageHit): void {
  context.status = status
  if (status !== 304) {
    // A copy: it is in the hands of whoever is further out, and the bytes are the cache's own.
    context.body = Buffer.from(body)
    // A type that Koa guessed, and the length of what is not sent to a HEAD.
    context.remove('Content-Type')
    context.remove('Content-Length')
  }
  const lines = new Map<string, string[]>()
  for (const [name, value] of headerFields(headers)) {
    lines.set(name, [...(lines.get(name) ?? []), value])
  }
  for (const [name, [first = '', ...more]] of lines) {
    context.set(name, more.length === 0 ? first : [first, ...more])
  }
}

function withPolicy(policy: Policy): Middleware {
  return function applyHeaderPolicy(context, next) {
    applyPolicy(context.res, policy)
    return next()
  }
}

/** The address as the application sees it: with `app.proxy`, the one that the proxy was asked for. */
function addressOf({ app, host, originalUrl, protocol }: ParameterizedContext): Address {
  return { scheme: protocol, host, target: originalUrl, trustsProxy: app.proxy }
}
