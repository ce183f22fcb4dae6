import { createServer } from 'node:http'
import Koa from 'koa'
import koaCash from 'koa-cash'

/** Koa 3. */
export const variants = {
  constant: (tools) => serverOf(routed(new Koa(), tools, () => tools.text)),

  rendered: (tools) => serverOf(routed(new Koa(), tools)),

  middleware: async (tools) => {
    const { cacheSite } = await tools.reprise('frameworks/koa')
    const app = new Koa()
    app.use(cacheSite(await tools.openCaches(), { ttl: 3600 }))
    return serverOf(routed(app, tools))
  },

  wrapped: async (tools) => {
    const { wrapSite } = await tools.reprise('frameworks/node')
    const app = routed(new Koa(), tools)
    return createServer(wrapSite(await tools.openCaches(), app, { ttl: 3600 }))
  },

  'koa-cash': (tools) => {
    const app = new Koa()
    // It brings no store: the cheapest one.
    const kept = new Map()
    const get = (key) => kept.get(key)
    const set = (key, value) => kept.set(key, value)
    app.use(koaCash({ maxAge: 3_600_000, get, set }))
    app.use(async (context, next) => {
      if (!(await context.cashed())) await next()
    })
    return serverOf(routed(app, tools))
  },
}

function routed(app, { path, type, render }, page = render) {
  app.use((context) => {
    if (context.path !== path) return
    context.type = type
    context.body = page()
  })
  return app
}

function serverOf(app) {
  return createServer(app.callback())
}
