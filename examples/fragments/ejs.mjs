// A list that is rendered once for everybody, with a name in it that is each visitor's, in EJS.
//
//   npm run build && PORT=3000 node examples/fragments/ejs.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { createServer } from 'node:http'
import ejs from 'ejs'
import { createCaches } from 'reprise'
import { cacheFragments } from 'reprise/ejs'

const fragments = cacheFragments(ejs, createCaches())
const page = fragments.compile(`<% cache('cities', { ttl: 60 }) %>
<ul><% for (const city of cities()) { %><li><%= city %></li><% } %></ul><% nocache() %><p><%= user %></p><% endnocache %>
<% endcache %>`)
const render = (data) => fragments.render(page, data)

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
