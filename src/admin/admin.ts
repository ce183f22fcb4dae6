import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Caches, describeCaches } from '../caches.ts'
import { publishError } from '../channels.ts'
import { type AdminContext, refusal } from './access.ts'
import { AliasCounters } from './alias-counters.ts'
import { readAssets } from './assets.ts'
import { answer, type MountedMessage } from './node-listener.ts'
import { type AdminOptions, type ResolvedAdminOptions, resolveAdminOptions } from './options.ts'
import { coveringClients } from './readings.ts'
import { respondText } from './replies.ts'
import { Routes } from './routes.ts'
import { Sampler } from './sampler.ts'

/**
 * The dashboard of a set of caches: who may see it, its figures, its page.
 *
 * It costs the servers one round trip a second while somebody looks, however many do, and nothing
 * while nobody does. It takes no server from a request: only those of its caches are ever asked.
 */
export class Admin implements AsyncDisposable {
  readonly #options: ResolvedAdminOptions
  readonly #counters: AliasCounters
  readonly #sampler: Sampler
  readonly #routes: Routes

  /** @internal Use {@link createAdmin}. */
  constructor(caches: Caches, options: AdminOptions) {
    this.#options = resolveAdminOptions(options)
    const { clock, sampleMs } = this.#options
    const described = describeCaches(caches)
    this.#counters = new AliasCounters(described.map(({ alias }) => alias))
    this.#sampler = new Sampler({
      clients: coveringClients(new Set(described.flatMap(({ client }) => client ?? []))),
      aliases: this.#counters,
      stores: new Set(described.flatMap(({ store }) => store ?? [])),
      sampleMs,
      clock,
    })
    this.#routes = new Routes({
      options: this.#options,
      aliases: described.map(({ alias, backend, keyPrefix, version, ttl, store }) => ({
        alias,
        backend,
        keyPrefix,
        version: String(version),
        ttl,
        store,
      })),
      sampler: this.#sampler,
      assets: readAssets(new URL('./ui/', import.meta.url)),
    })
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
      const refused = await refusal(this.#options, request, context)
      if (refused !== undefined) return respondText(method, 403, refused)
      const url = new URL(request.url)
      const path = pathBelow(context.basePath ?? '', url.pathname)
      if (path === undefined) return respondText(method, 404, 'There is no such page.')
      return await this.#routes.answer(request, path, url)
    } catch (error) {
      publishError({ error, operation: 'admin' })
      return respondText(method, 500, 'The dashboard could not answer.')
    }
  }

  /** For `app.use('/admin/cache', admin.express())`. It answers everything below, and calls no `next`. */
  express(): (request: MountedMessage, response: ServerResponse) => void {
    return (request, response) => {
      const { originalUrl: url, baseUrl: basePath } = request
      void answer(this.fetch, request, response, { url, basePath })
    }
  }

  /** For `createServer(admin.node())`, or called by a listener of your own below `basePath`. */
  node(basePath = ''): (request: IncomingMessage, response: ServerResponse) => void {
    return (request, response) => {
      void answer(this.fetch, request, response, { url: request.url ?? '/', basePath })
    }
  }

  /** Stops asking the servers and counting. The caches stay open. */
  close(): Promise<void> {
    this.#sampler.close()
    this.#counters.close()
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
