// A cached page, a cached piece of a page, and the dashboard, in one Express application.
//
//   npm run build && PORT=3000 node examples/express-pages/server.mjs
//
// The cache is in this process; with CACHE_URL=memcached://127.0.0.1 it is a server.
import { fileURLToPath } from 'node:url'
import express from 'express'
import nunjucks from 'nunjucks'
import { createCaches } from 'reprise'
import { createAdmin } from 'reprise/admin'
import { cachePage } from 'reprise/express'
import { cacheFragments } from 'reprise/nunjucks'

const caches = createCaches()
const admin = createAdmin(caches)
const app = express()
let visits = 0

// The whole page: the handler runs once in a quarter of an hour.
app.get('/cities', cachePage(caches, { ttl: '15m' }), (_request, response) => {
  visits += 1
  response.send(`<h1>Cities</h1><p>Rendered for visit ${visits}.</p>`)
})

// A piece of it: the page is made for each visit, its sidebar (views/hello.njk) once in a minute.
const views = fileURLToPath(new URL('./views', import.meta.url))
cacheFragments(nunjucks.configure(views), caches).express(app)
app.get('/hello/:name', (request, response) => {
  visits += 1
  response.render('hello.njk', { name: request.params.name, visit: visits })
})

// Who may see it is up to you; by default only this machine may, and in production nobody.
app.use('/admin/cache', admin.express())

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`http://127.0.0.1:${server.address().port}`)
})
