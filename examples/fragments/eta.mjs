// A list that is rendered once for everybody, with a name in it that is each visitor's, in Eta.
//
//   npm run build && PORT=3000 node examples/fragments/eta.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { createServer } from 'node:http'
import { Eta } from 'eta'
import { createCaches } from 'reprise'
import { cacheFragments } from 'reprise/eta'

const eta = new Eta()
const fragments = cacheFragments(eta, createCaches())
eta.loadTemplate(
  '@page',
  `<% cache('cities', { ttl: 60 }) %>
<ul><% for (const city of it.cities()) { %><li><%= city %></li><% } %></ul><% nocache() %><p><%= it.user %></p><% endnocache %>
<% endcache %>`,
)
const render = (data) => fragments.render('@page', data)

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
