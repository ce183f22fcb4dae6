import { createServer } from 'node:http'
import fastify from 'fastify'

/** Fastify 5. */
export const variants = {
  constant: (tools) => serverOf(routed(fastify(), tools, () => tools.text)),

  rendered: (tools) => serverOf(routed(fastify(), tools)),

  middleware: async (tools) => {
    const { cacheSite } = await tools.reprise('frameworks/fastify')
    const app = fastify()
    app.register(cacheSite(await tools.openCaches(), { ttl: 3600 }))
    return serverOf(routed(app, tools))
  },

  wrapped: async (tools) => {
    const { wrapSite } = await tools.reprise('frameworks/node')
    const app = routed(fastify(), tools)
    return createServer(wrapSite(await tools.openCaches(), app, { ttl: 3600 }))
  },
}

function routed(app, { path, type, render }, page = render) {
  app.get(path, (_request, reply) => {
    reply.type(type).send(page())
  })
  return app
}

async function serverOf(app) {
  await app.ready()
  return app.server
}
