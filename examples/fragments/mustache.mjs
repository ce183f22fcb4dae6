// A list that is rendered once for everybody, with a name in it that is each visitor's, in Mustache.
//
//   npm run build && PORT=3000 node examples/fragments/mustache.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { createServer } from 'node:http'
import Mustache from 'mustache'
import { createCaches } from 'reprise'
import { cacheFragments } from 'reprise/mustache'

const fragments = cacheFragments(Mustache, createCaches())
const page = `{{#list}}
<ul>{{#cities}}<li>{{.}}</li>{{/cities}}</ul>{{#visitor}}<p>{{user}}</p>{{/visitor}}
{{/list}}`
const sections = {
  list: fragments.cache('cities', { ttl: 60 }),
  visitor: fragments.nocache(),
}
const render = (view) => fragments.render(page, { ...view, ...sections })

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
