// A cached site in Koa. As the first middleware the cache sends its hits past Koa.
//
//   npm run build && PORT=3000 node examples/koa/server.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import Koa from 'koa'
import { createCaches } from 'reprise'
import { cacheSite, varyOnHeaders } from 'reprise/koa'

const caches = createCaches()
const app = new Koa()
let reports = 0

app.use(cacheSite(caches, { ttl: '15m' }))

// There is one copy of each page per language.
app.use(varyOnHeaders('Accept-Language'))

app.use((context) => {
  reports += 1
  const language = context.acceptsLanguages('en', 'de') || 'en'
  const total = new Intl.NumberFormat(language).format(sumOfSquares(2_000_000))
  context.type = 'html'
  context.body = `<h1>${total}</h1><p>Report number ${reports} for ${context.path}.</p>`
})

// Something that costs: the same for everybody.
function sumOfSquares(limit) {
  let sum = 0
  for (let n = 1; n <= limit; n++) sum += n * n
  return sum
}

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
