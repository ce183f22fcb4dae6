// A list that is rendered once for everybody, with a name in it that is each visitor's, in LiquidJS.
//
//   npm run build && PORT=3000 node examples/fragments/liquid.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { createServer } from 'node:http'
import { Liquid } from 'liquidjs'
import { createCaches } from 'reprise'
import { cacheFragments } from 'reprise/liquid'

const page = `{% cache 60, "cities" %}{% assign list = "" | cities %}
<ul>{% for city in list %}<li>{{ city }}</li>{% endfor %}</ul>{% nocache %}<p>{{ user }}</p>{% endnocache %}
{% endcache %}`
const liquid = new Liquid({ templates: { page }, outputEscape: 'escape' })
liquid.registerFilter('cities', () => cities())
const fragments = cacheFragments(liquid, createCaches())
const render = (scope) => fragments.render('page', scope)

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
