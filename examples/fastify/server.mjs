// A cached site in Fastify, with one page that lives longer.
//
//   npm run build && PORT=3000 node examples/fastify/server.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import fastify from 'fastify'
import { createCaches } from 'reprise'
import { cachePage, cacheSite, neverCache, purgePage } from 'reprise/fastify'

const caches = createCaches()
const app = fastify({ forceCloseConnections: true })
let primesFound = 0

// Something that costs: the same for everybody.
function largestPrimeBelow(limit) {
  primesFound += 1
  for (let n = limit - 1; ; n--) {
    let isPrime = true
    for (let d = 2; d * d <= n && isPrime; d++) isPrime = n % d !== 0
    if (isPrime) return n
  }
}

// Every page of this instance, for a minute.
app.register(cacheSite(caches, { ttl: 60 }))

app.get('/', () => `Prime number ${primesFound + 1}: ${largestPrimeBelow(1_000_000_007)}`)

// One page, for a quarter of an hour.
app.get('/primes/:limit', { onRequest: cachePage(caches, { ttl: '15m' }) }, (request) => ({
  prime: largestPrimeBelow(Number(request.params.limit)),
  found: primesFound,
}))

app.get('/now', { onRequest: neverCache() }, () => `Found so far: ${primesFound}`)

app.delete('/', async (request) => ({
  removed: await purgePage(caches, `${request.protocol}://${request.host}/`),
}))

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' }))
