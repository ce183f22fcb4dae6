import { createServer } from 'node:http'
import apicache from 'apicache'
import express from 'express'
import routeCache from 'route-cache'

/** Express 5. */
export const variants = {
  constant: ({ path, text }) => {
    const app = express()
    app.get(path, (_request, response) => {
      response.send(text)
    })
    return createServer(app)
  },

  /** The least that middleware of Express can do. */
  first: ({ type, text }) => {
    const app = express()
    const page = Buffer.from(text)
    app.use((_request, response) => {
      response.writeHead(200, { 'Content-Type': type, 'Content-Length': page.length })
      response.end(page)
    })
    return createServer(app)
  },

  rendered: (tools) => createServer(rendered(express(), tools)),

  middleware: async (tools) => {
    const { cacheSite } = await tools.reprise('frameworks/express')
    const app = express()
    app.use(cacheSite(await tools.openCaches(), { ttl: 3600 }))
    return createServer(rendered(app, tools))
  },

  wrapped: async (tools) => {
    const { wrapSite } = await tools.reprise('frameworks/node')
    const app = rendered(express(), tools)
    return createServer(wrapSite(await tools.openCaches(), app, { ttl: 3600 }))
  },

  apicache: (tools) => {
    const app = express()
    app.use(apicache.middleware('1 hour'))
    return createServer(rendered(app, tools))
  },

  'route-cache': (tools) => {
    const app = express()
    app.use(routeCache.cacheSeconds(3600))
    return createServer(rendered(app, tools))
  },
}

function rendered(app, { path, render }) {
  app.get(path, (_request, response) => {
    response.send(render())
  })
  return app
}
