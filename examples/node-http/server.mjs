// A whole site behind a cache, without a framework.
//
//   npm run build && PORT=3000 node examples/node-http/server.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { createServer } from 'node:http'
import { createCaches } from 'reprise'
import { wrapSite } from 'reprise/node'

let rendered = 0

// Put any application here that answers a request of node:http: Express, Koa, Fastify, Nest.
function site(request, response) {
  rendered += 1
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(`<h1>${request.method} number ${rendered}</h1>`)
}

const server = createServer(wrapSite(createCaches(), site, { ttl: 60 }))
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
