// A list that is rendered once for everybody, with a name in it that is each visitor's, in Pug.
//
//   npm run build && PORT=3000 node examples/fragments/pug.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { createServer } from 'node:http'
import pug from 'pug'
import { createCaches } from 'reprise'
import { cacheFragments } from 'reprise/pug'

const fragments = cacheFragments(pug, createCaches())
const source = `
+cache(60, 'cities')
  ul
    each city in cities()
      li= city
  +nocache
    p= user
`
const page = pug.compile(source, { plugins: [fragments.plugin] })
const render = (locals) => fragments.render(page, locals)

let loads = 0
// What costs: it runs inside of the fragment only.
function cities() {
  loads += 1
  return [`Lima ${loads}`, `Oslo ${loads}`]
}

const server = createServer(async (request, response) => {
  const user = request.url?.slice(1) || 'nobody'
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(await render({ user, cities }))
})
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
