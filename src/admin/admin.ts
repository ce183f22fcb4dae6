import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caches } from '../caches.ts'
import { publishError } from '../channels.ts'
import { type AdminContext, admit } from './access.ts'
import { readAssets } from './assets.ts'
import {
  type FastifyMount,
  type HonoMount,
  type KoaMount,
  mountFastify,
  mountHono,
  mountKoa,
} from './mounts.ts'
import { answer, baseOf, type MountedMessage } from './node-listener.ts'
import { type AdminOptions, type ResolvedAdminOptions, resolveAdminOptions } from './options.ts'
import { AdminParts } from './parts.ts'
import { respondText } from './replies.ts'
import type { PanelRequest, PanelResponse } from './request-panel.ts'
import { Routes } from './routes.ts'

/**
 * The dashboard of a set of caches: who may see it, its figures, its page.
 *
 * It costs the servers one round trip a second while somebody looks, however many do, and nothing
 * while nobody does. It takes no server from a request: only those of its caches are ever asked.
 */
export class Admin implements AsyncDisposable {
  readonly #options: ResolvedAdminOptions
  readonly #parts: AdminParts
  readonly #routes: Routes

  /** @internal Use {@link createAdmin}. */
  constructor(caches: Caches, options: AdminOptions) {
    this.#options = resolveAdminOptions(options)
    this.#parts = new AdminParts(caches, this.#options)
    this.#routes = new Routes(this.#parts, readAssets(new URL('./ui/', import.meta.url)))
  }

  /**
   * Answers one request. Never rejects.
   *
   * `context` is what the request itself cannot tell: without the peer's address nobody is let in
   * unless `authorize` says so, and without a base path the dashboard is at the root.
   */
  readonly fetch = async (request: Request, context: AdminContext = {}): Promise<Response> => {
    const { method } = request
    try {
      const admission = await admit(this.#options, request, context)
      if (admission.kind === 'instead') return admission.response
      if (admission.kind === 'refused') return respondText(method, 403, admission.reason)
      const url = new URL(request.url)
      const path = pathBelow(context.basePath ?? '', url.pathname)
      if (path === undefined) return respondText(method, 404, 'There is no such page.')
      return await this.#routes.answer(request, path, url, admission.user)
    } catch (error) {
      publishError({ error, operation: 'admin' })
      return respondText(method, 500, 'The dashboard could not answer.')
    }
  }

  /**
   * For `app.use('/admin/cache', admin.express())`, and for what mounts as Express does: Nest on either
   * platform, connect, polka. It answers everything below, and calls no `next`.
   */
  express(): (request: MountedMessage, response: ServerResponse) => void {
    return (request, response) => {
      const { originalUrl: url = request.url ?? '/' } = request
      void answer(this.fetch, request, response, { url, basePath: baseOf(request) })
    }
  }

  /** For `app.use('/admin/cache', admin.nest())` of a Nest application, on Express and on Fastify. */
  nest(): (request: MountedMessage, response: ServerResponse) => void {
    return this.express()
  }

  /** For `app.register(admin.fastify(), { prefix: '/admin/cache' })`. */
  fastify(): FastifyMount {
    return mountFastify(this.fetch)
  }

  /** For `app.use(admin.koa('/admin/cache'))`, or without a path below `koa-mount`. */
  koa(basePath = ''): KoaMount {
    return mountKoa(this.fetch, basePath)
  }

  /**
   * For `app.all('/admin/cache/*', admin.hono())`. Only on Node, by `@hono/node-server`, is it known
   * who asks: elsewhere `authorize` must say so.
   */
  hono(): HonoMount {
    return mountHono(this.fetch)
  }

  /** For `createServer(admin.node())`, or called by a listener of your own below `basePath`. */
  node(basePath = ''): (request: IncomingMessage, response: ServerResponse) => void {
    return (request, response) => {
      void answer(this.fetch, request, response, { url: request.url ?? '/', basePath })
    }
  }

  /**
   * Collects, for development, what each request does with the caches, for the dashboard's "Requests".
   * The first middleware of an application: `app.use(admin.requestPanel())` in Express, Nest and
   * connect; `createServer((req, res) => panel(req, res, () => app(req, res)))` elsewhere.
   */
  requestPanel(): (request: PanelRequest, response: PanelResponse, next: () => void) => void {
    return (request, response, next) => this.#parts.panel.collect(request, response, next)
  }

  /** Stops asking the servers and counting. The caches stay open. */
  close(): Promise<void> {
    this.#parts.close()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Makes the dashboard of `caches`.
 *
 * It fails closed. With `authorize`, only those it names get in. Without it, only a browser on the
 * same machine does, and in production nobody: every answer is then 403 and says what to set.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createCaches } from 'reprise'
 * import { createAdmin } from 'reprise/admin'
 *
 * const caches = createCaches()
 * const app = express()
 * app.use('/admin/cache', createAdmin(caches).express())
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function createAdmin(caches: Caches, options: AdminOptions = {}): Admin {
  return new Admin(caches, options)
}

/** What follows `basePath`: empty, or from a slash on. `undefined`: the request is for elsewhere. */
function pathBelow(basePath: string, pathname: string): string | undefined {
  const base = basePath.endsWith('/') ? basePath.slice(0, -1) : basePath
  if (!pathname.startsWith(base)) return undefined
  const path = pathname.slice(base.length)
  return path === '' || path.startsWith('/') ? path : undefined
}
