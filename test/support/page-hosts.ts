import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import fastify, { type RouteHandlerMethod } from 'fastify'
import Koa from 'koa'
import { type Caches, createCaches } from '../../src/caches.ts'
import * as inExpress from '../../src/frameworks/express.ts'
import * as inFastify from '../../src/frameworks/fastify.ts'
import * as inKoa from '../../src/frameworks/koa.ts'
import * as inNode from '../../src/frameworks/node.ts'
import { listenerOf } from '../../src/frameworks/site-app.ts'
import type { MountOptions } from '../../src/http/mount.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { startServer, type TestServer } from './http.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** What a page contract asks of a host: a site in front of a handler. */
export type Mount = (
  caches: Caches,
  options: MountOptions<IncomingMessage>,
  handler: Handler,
) => Handler

/** Every way of putting a page cache in front of a handler. */
export const MOUNTS: Record<string, Mount> = {
  'cacheSite in Express': (caches, options, handler) => {
    const app = express()
    app.use(inExpress.cacheSite(caches, options), expressHandler(handler))
    return app
  },
  'cachePage in Express': (caches, { ttl: _, ...options }, handler) => {
    const app = express()
    app.all('/{*path}', inExpress.cachePage(caches, options), expressHandler(handler))
    return app
  },
  'cacheSite before node:http': (caches, options, handler) =>
    inNode.cacheSite(caches, options)(handler),
  'cachePage before node:http': (caches, { ttl: _, ...options }, handler) =>
    inNode.cachePage(caches, options)(handler),
  'cacheSite in Fastify': (caches, options, handler) => {
    const app = plainFastify()
    app.register(inFastify.cacheSite(caches, forFastify(options)))
    app.all('*', fastifyHandler(handler))
    return listenerOf(app)
  },
  'cachePage in Fastify': (caches, { ttl: _, ...options }, handler) => {
    const app = plainFastify()
    const onRequest = inFastify.cachePage(caches, forFastify(options))
    app.all('*', { onRequest }, fastifyHandler(handler))
    return listenerOf(app)
  },
  'cacheSite in Koa': (caches, options, handler) => {
    const app = new Koa()
    app.use(inKoa.cacheSite(caches, forKoa(options))).use(koaHandler(handler))
    return app.callback()
  },
  'cachePage in Koa': (caches, { ttl: _, ...options }, handler) => {
    const app = new Koa()
    app.use((_context, next) => next())
    app.use(inKoa.cachePage(caches, forKoa(options))).use(koaHandler(handler))
    return app.callback()
  },
  'wrapSite around Express': (caches, options, handler) => {
    const app = express()
    app.use(expressHandler(handler))
    return inNode.wrapSite(caches, app, options)
  },
}

/**
 * An Express handler may not be asynchronous in its return type; what it throws goes to Express.
 */
function expressHandler(handler: Handler): express.RequestHandler {
  return async (request, response) => {
    await handler(request, response)
  }
}

/** One that leaves the bodies of requests alone. */
function plainFastify() {
  const app = fastify()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  return app
}

const forFastify = ({
  vary,
  tags: _,
  holes: __,
  ...options
}: MountOptions<IncomingMessage>): inFastify.FastifyPageOptions =>
  vary === undefined ? options : { ...options, vary: ({ raw }) => vary(raw) }

const forKoa = ({
  vary,
  tags: _,
  holes: __,
  ...options
}: MountOptions<IncomingMessage>): inKoa.KoaPageOptions =>
  vary === undefined ? options : { ...options, vary: ({ req }) => vary(req) }

const fastifyHandler =
  (handler: Handler): RouteHandlerMethod =>
  async (request, reply) => {
    reply.hijack()
    await handler(request.raw, reply.raw)
  }

const koaHandler =
  (handler: Handler): Koa.Middleware =>
  async (context) => {
    context.respond = false
    // Koa starts with a 404.
    context.res.statusCode = 200
    await handler(context.req, context.res)
  }

/** A cached site on a loopback port, with a clock to move. */
export interface TestSite extends TestServer {
  readonly caches: Caches
  readonly clock: FakeClock
  /** How often the handler ran. */
  readonly renders: number
}

export async function startSite(
  mount: Mount,
  handler: Handler,
  options: MountOptions<IncomingMessage> = {},
  location: string = 'memory://',
): Promise<TestSite> {
  const clock = new FakeClock()
  const caches = createCaches({ default: location }, { clock })
  let renders = 0
  const server = await startServer(
    mount(caches, options, (request, response) => {
      renders++
      return handler(request, response)
    }),
  )
  return {
    ...server,
    caches,
    clock,
    get renders() {
      return renders
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await caches.close()
    },
  }
}

/** Sends a page that nobody can mistake for another. */
export const countedPage = (headers: Record<string, string | string[]> = {}): Handler => {
  let count = 0
  return (_request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.end(`page ${++count}`)
  }
}
