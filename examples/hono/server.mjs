// A cached page in Hono, here on Node: the middleware runs wherever Hono does.
//
//   npm run build && PORT=3000 node examples/hono/server.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createCaches } from 'reprise'
import { cacheControl, cachePage } from 'reprise/hono'

const caches = createCaches()
const app = new Hono()
let counts = 0

// Fresh here for a minute; browsers ask each time, and mostly hear 304.
app.get('/words', cachePage(caches, { ttl: 60 }), cacheControl({ maxAge: 0 }), (context) => {
  counts += 1
  const words = longestWords(context.req.query('text') ?? 'a passage played again')
  return context.json({ words, count: counts })
})

// Something that costs: the same for everybody who sends the same text.
function longestWords(text) {
  const words = [...new Set(text.split(/\s+/))]
  return words.toSorted((a, b) => b.length - a.length || a.localeCompare(b)).slice(0, 3)
}

const port = Number(process.env.PORT ?? 3000)
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => {
  console.log(`http://127.0.0.1:${address.port}`)
})
