import { createServer } from 'node:http'
import { createAdaptorServer, getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { cache } from 'hono/cache'
import { defineCachedHandler } from 'ocache'
import { MemoryCacheStorage } from '../cache-storage.mjs'

/** Hono 4 on @hono/node-server. */
export const variants = {
  constant: (tools) => createAdaptorServer(routed(new Hono(), tools, () => tools.text)),

  rendered: (tools) => createAdaptorServer(routed(new Hono(), tools)),

  middleware: async (tools) => {
    const { cacheSite } = await tools.reprise('frameworks/hono')
    const app = new Hono()
    app.use(cacheSite(await tools.openCaches(), { ttl: 3600 }))
    return createAdaptorServer(routed(app, tools))
  },

  wrapped: async (tools) => {
    const { wrapSite } = await tools.reprise('frameworks/node')
    const app = routed(new Hono(), tools)
    const options = { ttl: 3600, getRequestListener }
    return createServer(wrapSite(await tools.openCaches(), app, options))
  },

  'hono-cache': (tools) => {
    // Without one it does nothing.
    globalThis.caches = new MemoryCacheStorage()
    const app = new Hono()
    app.use(cache({ cacheName: 'bench', cacheControl: 'max-age=3600', wait: true }))
    return createAdaptorServer(routed(app, tools))
  },

  ocache: ({ path, type, render }) => {
    const app = new Hono()
    const headers = { 'content-type': type }
    const options = { maxAge: 3600, name: 'cities' }
    const handler = defineCachedHandler(() => new Response(render(), { headers }), options)
    app.get(path, (context) => handler({ req: context.req.raw }))
    return createAdaptorServer(app)
  },
}

function routed(app, { path, render }, page = render) {
  app.get(path, (context) => context.html(page()))
  return app
}
