import { createServer } from 'node:http'
import { BareClient } from '../bare-client.mjs'

/** `node:http` without a framework. */
export const variants = {
  constant: ({ type, text }) => createServer((_request, response) => send(response, type, text)),

  map: ({ type, text, path }) => {
    const pages = new Map([[path, Buffer.from(text)]])
    return createServer((request, response) => send(response, type, pages.get(request.url)))
  },

  rendered: (tools) => createServer(rendered(tools)),

  bare: async ({ type, text, memcached }) => {
    const client = new BareClient(memcached)
    await new Promise((resolve) => client.set('bare/cities', text, resolve))
    return createServer((request, response) => {
      client.get(`bare${request.url}`, (page) => send(response, type, page))
    })
  },

  wrapped: async (tools) => {
    const { wrapSite } = await tools.reprise('frameworks/node')
    return createServer(wrapSite(await tools.openCaches(), rendered(tools), { ttl: 3600 }))
  },
}

function rendered({ type, render }) {
  return (_request, response) => send(response, type, render())
}

function send(response, type, page) {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': page.length })
  response.end(page)
}
