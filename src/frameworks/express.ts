/**
 * `reprise/express`: Django's page cache and header decorators as middleware of Express 4 and
 * 5.
 *
 * @module
 */

import type { Request, RequestHandler } from 'express'
import type { Caches } from '../caches.ts'
import type { CacheControlDirectives } from '../http/cache-control.ts'
import { type Mounted, type MountOptions, mountPage, mountSite } from '../http/mount.ts'
import { expressAddress } from './express-address.ts'
import { cacheControlPolicy, neverCachePolicy, type Policy, varyPolicy } from './header-policies.ts'
import { runPage } from './node-capture.ts'
import { answerConditions } from './node-conditional.ts'
import { applyPolicy } from './node-policies.ts'
import { serve } from './node-serve.ts'

export { noPageCache, pageHole, pageTags, pageTtl } from '../http/page-context.ts'
export { purgePage, purgeTags } from '../http/purge.ts'

/** How a site or a page is cached in Express. */
export type ExpressPageOptions = MountOptions<Request>

/**
 * Caches every page that may be, behind it. Its `ttl` is for pages that say nothing of themselves.
 *
 * Mount it after what must run for every request, such as a log, and before what makes pages: a
 * session or a compressor further in is part of the page, one further out is not.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createCaches } from 'reprise'
 * import { cacheSite } from 'reprise/express'
 *
 * const app = express()
 * app.use(cacheSite(createCaches()))
 * app.get('/', (request, response) => {
 *   response.send('Hello')
 * })
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cacheSite(caches: Caches, options: ExpressPageOptions = {}): RequestHandler {
  return handlerOf(mountSite(caches, options))
}

/**
 * Caches one route. Its `ttl` beats what the page says of itself, and that of a site around it.
 *
 * Inside of `cacheSite` it changes the site's lifetime for this page; with a key of its own
 * (`alias`, `keyPrefix`, `cookies`, `vary`, `origin`) it takes the page over.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createCaches } from 'reprise'
 * import { cachePage } from 'reprise/express'
 *
 * const app = express()
 * app.get('/cities', cachePage(createCaches(), { ttl: 900 }), (request, response) => {
 *   response.send('Lagos, Lima, Lyon')
 * })
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cachePage(caches: Caches, options: ExpressPageOptions = {}): RequestHandler {
  return handlerOf(mountPage(caches, options))
}

/** Tells every cache, this one too, not to keep the page. */
export function neverCache(): RequestHandler {
  return withPolicy(neverCachePolicy)
}

/**
 * Adds directives to the page's `Cache-Control`, whatever the handler set; the lesser `max-age`
 * wins.
 */
export function cacheControl(directives: CacheControlDirectives): RequestHandler {
  return withPolicy(cacheControlPolicy(directives))
}

/**
 * Says that the page depends on these request headers: there is one copy for each of their values.
 */
export function varyOnHeaders(...names: string[]): RequestHandler {
  return withPolicy(varyPolicy(names))
}

/** Says that the page depends on the cookies of the request. */
export function varyOnCookie(): RequestHandler {
  return withPolicy(varyPolicy(['Cookie']))
}

/**
 * Answers a GET with a 304 where the client has the page already, and gives it a tag where it has
 * none and is sent in one piece. Express does so for `response.send`; this is for every page.
 *
 * An `If-Match` or `If-Unmodified-Since` that does not hold is answered with a 412.
 */
export function conditionalGet(): RequestHandler {
  return function answerConditionalGet(request, response, next) {
    answerConditions(request, response)
    next()
  }
}

function handlerOf({ pages, policy }: Mounted<Request>): RequestHandler {
  return function servePage(request, response, next) {
    const address = expressAddress(request)
    const served = serve({ request, response, pages, policy: policy(request), address })
    const goOn = (isAnswered: boolean): void => {
      if (!isAnswered) runPage(response, next)
    }
    // Express 4 takes no promise, and would let the process end by it.
    if (served instanceof Promise) served.then(goOn).catch(next)
    else goOn(served)
  }
}

function withPolicy(policy: Policy): RequestHandler {
  return function applyHeaderPolicy(_request, response, next) {
    applyPolicy(response, policy)
    next()
  }
}
