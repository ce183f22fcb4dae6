/**
 * What answers requests, whatever framework it is made with, as a listener of `node:http`.
 *
 * Seen by their shape: nothing is imported of a framework that is not there.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { CacheError, optionError } from '../errors.ts'
import { readsOf } from './header-watch.ts'
import { conditionsOf } from './request-conditions.ts'
import { noticeReads, replaceWebConditions } from './web-header-watch.ts'

/** What answers a request: a listener of `node:http`, such as an Express application. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

/** An application of Koa. */
export interface KoaSite {
  callback(): Listener
}

/** An instance of Fastify. It is made ready with its first request, unless it is. */
export interface FastifySite {
  ready(): PromiseLike<unknown>
  routing(request: IncomingMessage, response: ServerResponse): unknown
}

/** An application of Nest. It is initialised with its first request, unless it is. */
export interface NestSite {
  init(): Promise<unknown>
  getHttpAdapter(): { getInstance(): unknown }
}

/** An application of Hono, or anything else with a web-standard `fetch`. */
export interface FetchSite {
  fetch(request: Request, ...more: never[]): Response | Promise<Response>
}

/** Everything that `wrapSite` can stand in front of. */
export type Site = Listener | KoaSite | FastifySite | NestSite | FetchSite

/** `getRequestListener` of `@hono/node-server`. */
export type GetRequestListener = (fetch: never) => (request: never, response: never) => unknown

/**
 * @throws {@link CacheError} `ERR_OPTION_INVALID` for what is none of {@link Site}.
 */
export function listenerOf(app: Site, getRequestListener?: GetRequestListener): Listener {
  if (typeof app === 'function') return app
  // First, because it lends methods of its adapter to whoever asks.
  if (has(app, 'getHttpAdapter')) {
    const nest = app as NestSite
    return onceReady(async () => {
      await nest.init()
      return listenerOf(nest.getHttpAdapter().getInstance() as Site, getRequestListener)
    })
  }
  if (has(app, 'routing') && has(app, 'ready')) {
    const fastify = app as FastifySite
    return onceReady(async () => {
      await fastify.ready()
      return (request, response) => fastify.routing(request, response)
    })
  }
  if (has(app, 'callback')) return koaListener(app as KoaSite)
  if (has(app, 'fetch')) {
    return fetchListener(app as FetchSite, getRequestListener ?? requireRequestListener())
  }
  const allowed =
    'a listener of node:http, or an application of Express, Koa, Fastify, Nest or Hono'
  throw optionError('app', app, allowed)
}

function has(app: unknown, method: string): boolean {
  return typeof Object(app)[method] === 'function'
}

/** Middleware that is added until the first request comes takes part. */
function koaListener(app: KoaSite): Listener {
  let listener: Listener | undefined
  return (request, response) => {
    listener ??= app.callback()
    return listener(request, response)
  }
}

/** Its headers are objects of their own, so reads of them have to be noticed there. */
function fetchListener(app: FetchSite, getRequestListener: GetRequestListener): Listener {
  const fetch = (request: Request, env?: NodeBindings, ...more: never[]) => {
    const reads = env?.incoming && readsOf(env.incoming)
    const conditions = env?.incoming && conditionsOf(env.incoming)
    if (conditions !== undefined) replaceWebConditions(request, conditions)
    if (reads !== undefined) noticeReads(request.headers, reads)
    return app.fetch(request, env as never, ...more)
  }
  return getRequestListener(fetch as never) as Listener
}

/** What `@hono/node-server` hands over with a request. */
interface NodeBindings {
  readonly incoming?: IncomingMessage
}

function onceReady(open: () => Promise<Listener>): Listener {
  let opening: Promise<Listener> | undefined
  let listener: Listener | undefined
  return (request, response) => {
    if (listener !== undefined) return listener(request, response)
    opening ??= open().then((opened) => {
      listener = opened
      return opened
    })
    return opening.then((opened) => opened(request, response))
  }
}

function requireRequestListener(): GetRequestListener {
  try {
    return createRequire(import.meta.url)('@hono/node-server').getRequestListener
  } catch (cause) {
    const message =
      'An application of Hono needs `@hono/node-server` to be installed, or its `getRequestListener` among the options of `wrapSite`.'
    throw new CacheError('ERR_OPTION_INVALID', message, { cause })
  }
}
