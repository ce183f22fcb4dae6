/**
 * `reprise/node`: pages of any application that is a listener of `node:http`, before its framework
 * runs.
 *
 * Every helper gives a function that takes a listener and gives one: `cachePage(caches, { ttl: 60
 * })(listener)`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caches } from '../caches.ts'
import { publishError } from '../channels.ts'
import type { CacheControlDirectives } from '../http/cache-control.ts'
import { type Mounted, type MountOptions, mountPage, mountSite } from '../http/mount.ts'
import {
  type PrewarmOptions,
  type PrewarmResult,
  prewarm as prewarmPages,
} from '../http/prewarm.ts'
import { cacheControlPolicy, neverCachePolicy, type Policy, varyPolicy } from './header-policies.ts'
import { captureOf, runPage } from './node-capture.ts'
import { answerConditions } from './node-conditional.ts'
import { applyPolicy } from './node-policies.ts'
import { nodeAddress, serve } from './node-serve.ts'
import { type GetRequestListener, type Listener, listenerOf, type Site } from './site-app.ts'

export { noPageCache, pageHole, pageTags, pageTtl } from '../http/page-context.ts'
export type { PrewarmOptions, PrewarmResult } from '../http/prewarm.ts'
export { purgePage, purgeTags } from '../http/purge.ts'
export type {
  FastifySite,
  FetchSite,
  GetRequestListener,
  KoaSite,
  Listener,
  NestSite,
  Site,
} from './site-app.ts'

/** Puts something before a listener. */
export type Wrap = (listener: Listener) => Listener

/** How a site or a page is cached in front of a listener of `node:http`. */
export type NodePageOptions = MountOptions<IncomingMessage>

/** {@link NodePageOptions}, and what is needed to run an application that has only a `fetch`. */
export interface WrapSiteOptions extends NodePageOptions {
  /**
   * That of `@hono/node-server`, for an application of Hono. Where it is left out, the package is
   * looked for: a bundle may not have it.
   */
  readonly getRequestListener?: GetRequestListener
}

/**
 * Answers hits before the application runs, and stores what it sends: the whole site, whatever
 * framework it is made with. `app` is a listener of `node:http`, an application of Express, Koa,
 * Nest or Hono, or an instance of Fastify; Nest and Fastify are made ready by the first request.
 *
 * Scheme and host are those of the connection: behind a proxy set `origin`, or forwarding headers
 * go into every key.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import express from 'express'
 * import { createCaches } from 'reprise'
 * import { wrapSite } from 'reprise/node'
 *
 * const app = express()
 * app.get('/', (request, response) => {
 *   response.send('Hello')
 * })
 * const server = createServer(wrapSite(createCaches(), app, { origin: 'https://atlas.example' }))
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function wrapSite(caches: Caches, app: Site, options: WrapSiteOptions = {}): Listener {
  const { getRequestListener, ...pageOptions } = options
  return cacheSite(caches, pageOptions)(listenerOf(app, getRequestListener))
}

/**
 * Asks a site for pages, within this process and without a port, so that they are in the cache when
 * the first visitor comes: `app` is what {@link wrapSite} gave, or an application with a page cache of
 * its own. `urls` are absolute. A page that fails fails nothing else: its result has the `error`.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { prewarm, wrapSite } from 'reprise/node'
 *
 * const site = wrapSite(createCaches(), (request, response) => response.end('Hello'))
 * await prewarm(site, ['https://atlas.example/', 'https://atlas.example/cities'])
 * ```
 * @throws {@link CacheError} `ERR_OPTION_INVALID`, before anything is asked.
 */
export async function prewarm(
  app: Site,
  urls: Iterable<string> | AsyncIterable<string>,
  options: PrewarmOptions = {},
): Promise<PrewarmResult[]> {
  return prewarmPages(listenerOf(app), urls, options)
}

/**
 * Caches every page of a listener that may be; its `ttl` is for pages that say nothing of
 * themselves.
 */
export function cacheSite(caches: Caches, options: NodePageOptions = {}): Wrap {
  return wrapWith(mountSite(caches, options))
}

/**
 * Caches what a listener sends; its `ttl` beats what the page says of itself, and that of a site
 * around it.
 */
export function cachePage(caches: Caches, options: NodePageOptions = {}): Wrap {
  return wrapWith(mountPage(caches, options))
}

/** Tells every cache, this one too, not to keep what a listener sends. */
export function neverCache(): Wrap {
  return withPolicy(neverCachePolicy)
}

/** Adds directives to the `Cache-Control` of what a listener sends; the lesser `max-age` wins. */
export function cacheControl(directives: CacheControlDirectives): Wrap {
  return withPolicy(cacheControlPolicy(directives))
}

/** Says that what a listener sends depends on these request headers. */
export function varyOnHeaders(...names: string[]): Wrap {
  return withPolicy(varyPolicy(names))
}

/** Says that what a listener sends depends on the cookies of the request. */
export function varyOnCookie(): Wrap {
  return withPolicy(varyPolicy(['Cookie']))
}

/**
 * Answers a GET with a 304 where the client has already what a listener sends, and gives it a tag
 * where it has none and is sent in one piece. A page cache does the same for what it keeps.
 *
 * An `If-Match` or `If-Unmodified-Since` that does not hold is answered with a 412.
 */
export function conditionalGet(): Wrap {
  return (listener) => (request, response) => {
    answerConditions(request, response)
    return listener(request, response)
  }
}

function wrapWith({ pages, policy }: Mounted<IncomingMessage>): Wrap {
  return (listener) => (request, response) => {
    const address = nodeAddress(request)
    const served = serve({ request, response, pages, policy: policy(request), address })
    if (served === true) return undefined
    return answerIfNot(served, () => listener(request, response), response)
  }
}

/**
 * What a listener throws ends the process, as it does without a cache in front of it; unless a stored
 * page is sent for it.
 */
async function answerIfNot(
  served: boolean | Promise<boolean>,
  listener: () => unknown,
  response: ServerResponse,
): Promise<unknown> {
  if (await served) return undefined
  try {
    return await runPage(response, listener)
  } catch (error) {
    if (captureOf(response)?.standIn() !== true) throw error
    publishError({ error, operation: 'page' })
    return undefined
  }
}

function withPolicy(policy: Policy): Wrap {
  return (listener) => (request, response) => {
    applyPolicy(response, policy)
    return listener(request, response)
  }
}
