/**
 * `reprise/fastify`: Django's page cache and header decorators as a plugin and hooks of Fastify 5.
 *
 * @module
 */

import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import type { Caches } from '../caches.ts'
import type { CacheControlDirectives } from '../http/cache-control.ts'
import { type Mounted, type MountOptions, mountPage, mountSite } from '../http/mount.ts'
import { serveFastify } from './fastify-serve.ts'
import { cacheControlPolicy, neverCachePolicy, type Policy, varyPolicy } from './header-policies.ts'
import { runPage } from './node-capture.ts'
import { answerConditions } from './node-conditional.ts'
import { applyPolicy } from './node-policies.ts'

export { noPageCache, pageHole, pageTags, pageTtl } from '../http/page-context.ts'
export { purgePage, purgeTags } from '../http/purge.ts'

/** A request as the hooks take it: of any server, logger and schema, also over HTTP/2. */
export interface HookRequest {
  readonly raw: object
  readonly originalUrl: string
}

/** A reply as the hooks take it. */
export interface HookReply {
  readonly raw: object
  hijack(): unknown
}

/** An `onRequest` hook, for a route or for `addHook`. */
export type PageHook = (request: HookRequest, reply: HookReply, done: HookDone) => void

/** Goes on with the request, or fails it. */
export type HookDone = (error?: Error) => void

/** An `onRequest` hook that is done at once. */
export type PolicyHook = (request: HookRequest, reply: HookReply, done: () => void) => void

/** How a site or a page is cached in Fastify. */
export type FastifyPageOptions = MountOptions<FastifyRequest>

/**
 * A plugin that caches every page that may be, of the instance that it is registered on and of
 * those below. Its `ttl` is for pages that say nothing of themselves.
 *
 * It answers hits in `onRequest`: later hooks, body parsing, handler and `onSend` do not run then,
 * `onResponse` does. What `onSend` makes of a page, such as compression, is stored with it.
 *
 * @example
 * ```ts
 * import fastify from 'fastify'
 * import { createCaches } from 'reprise'
 * import { cacheSite } from 'reprise/fastify'
 *
 * const app = fastify()
 * app.register(cacheSite(createCaches()))
 * app.get('/', () => 'Hello')
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cacheSite(caches: Caches, options: FastifyPageOptions = {}): FastifyPluginCallback {
  const hook = hookOf(mountSite(caches, options))
  const plugin: FastifyPluginCallback = (app, _options, done) => {
    app.addHook('onRequest', hook)
    done()
  }
  // What `fastify-plugin` does: the hook is for the instance that registers it, not for one below.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'reprise/fastify',
    [Symbol.for('plugin-meta')]: { name: 'reprise/fastify', fastify: '5.x' },
  })
}

/**
 * Caches one route, as its `onRequest` hook. Its `ttl` beats what the page says of itself, and that
 * of a site around it.
 *
 * @example
 * ```ts
 * import fastify from 'fastify'
 * import { createCaches } from 'reprise'
 * import { cachePage, varyOnHeaders } from 'reprise/fastify'
 *
 * const app = fastify()
 * const onRequest = [cachePage(createCaches(), { ttl: 900 }), varyOnHeaders('Accept-Language')]
 * app.get('/cities', { onRequest }, () => 'Lagos, Lima, Lyon')
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cachePage(caches: Caches, options: FastifyPageOptions = {}): PageHook {
  return hookOf(mountPage(caches, options))
}

/** Tells every cache, this one too, not to keep the page. An `onRequest` hook, as all that follow. */
export function neverCache(): PolicyHook {
  return withPolicy(neverCachePolicy)
}

/**
 * Adds directives to the page's `Cache-Control`, whatever the handler set; the lesser `max-age`
 * wins.
 */
export function cacheControl(directives: CacheControlDirectives): PolicyHook {
  return withPolicy(cacheControlPolicy(directives))
}

/**
 * Says that the page depends on these request headers: there is one copy for each of their values.
 */
export function varyOnHeaders(...names: string[]): PolicyHook {
  return withPolicy(varyPolicy(names))
}

/** Says that the page depends on the cookies of the request. */
export function varyOnCookie(): PolicyHook {
  return withPolicy(varyPolicy(['Cookie']))
}

/**
 * Answers a GET with a 304 where the client has the page already. It makes no tags, for Fastify
 * sends the head before the body: `@fastify/etag` does.
 *
 * An `If-Match` or `If-Unmodified-Since` that does not hold is answered with a 412.
 */
export function conditionalGet(): PolicyHook {
  return function answerConditionalGet(request, reply, done) {
    answerConditions(request.raw as FastifyRequest['raw'], reply.raw as FastifyReply['raw'])
    done()
  }
}

function hookOf({ pages, policy }: Mounted<FastifyRequest>): PageHook {
  // Not by a promise: what runs behind it would not know of the page.
  return function servePage(request, reply, done) {
    const asked = request as FastifyRequest
    const answer = reply as FastifyReply
    // What was answered is hijacked, and nothing follows.
    const goOn = (isAnswered: boolean): void => {
      if (!isAnswered) runPage(answer.raw, done)
    }
    const served = serveFastify(asked, answer, pages, policy(asked))
    if (served instanceof Promise) served.then(goOn, (error: Error) => done(error))
    else goOn(served)
  }
}

function withPolicy(policy: Policy): PolicyHook {
  return function applyHeaderPolicy(_request, reply, done) {
    applyPolicy(reply.raw as FastifyReply['raw'], policy)
    done()
  }
}
