import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { createAdmin } from 'reprise/admin'
import { cacheFragments } from 'reprise/nunjucks'
import { drawWorld } from './country-map.ts'
import { PageError } from './page-error.ts'
import { readCityGrid } from './queries/world.ts'
import { recogniseVisitor } from './recognise-visitor.ts'
import { cityRoutes } from './routes/city.ts'
import { countryRoutes } from './routes/country.ts'
import { frontRoutes } from './routes/front.ts'
import { searchRoutes } from './routes/search.ts'
import { visitorRoutes } from './routes/visitor.ts'
import { securityHeaders } from './security.ts'
import type { Site } from './site.ts'
import { openViews } from './views.ts'

// The flags of world-countries lie in a folder with its outlines; nothing there is secret.
const FLAGS = dirname(fileURLToPath(import.meta.resolve('world-countries/data/che.svg')))
const ASSETS = fileURLToPath(new URL('../assets', import.meta.url))

/** The site as an Express application. */
export function createApp(site: Site): Express {
  const app = express()
  app.disable('x-powered-by')
  const isProduction = app.get('env') === 'production'
  const { caches } = site.caching
  // A deploy that changes a template renders its fragments anew.
  cacheFragments(openViews(isProduction), caches, { digest: true }).express(app)

  // It has headers of its own, and lets in only this machine, in production nobody.
  app.use('/admin/cache', createAdmin(caches, { title: 'Atlas' }).express())
  app.use(securityHeaders)
  app.get('/assets/world.svg', async (_request, response) => {
    const draw = async () => drawWorld(await readCityGrid(site.database))
    const world = await caches.default.getOrSet('world.svg', draw, { ttl: '1d' })
    response.set('Cache-Control', 'public, max-age=86400').type('svg').send(world)
  })
  app.use('/assets/flags', express.static(FLAGS, { index: false, maxAge: '7d' }))
  app.use('/assets', express.static(ASSETS, { index: false, maxAge: isProduction ? '1h' : 0 }))
  app.use(express.urlencoded({ extended: false, limit: '4kb' }))
  app.use(recogniseVisitor(site))
  app.use(frontRoutes(site), countryRoutes(site), cityRoutes(site), searchRoutes(site))
  app.use(visitorRoutes(site))
  app.use(() => {
    throw new PageError(404, 'There is no such page.')
  })
  app.use(showError)
  return app
}

// Express tells an error handler from others by its four parameters.
const showError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error)
  const given: unknown = error?.status
  const status = typeof given === 'number' && given >= 400 && given < 500 ? given : 500
  if (status === 500) console.error(error)
  const message =
    error instanceof PageError
      ? error.message
      : status === 500
        ? 'Something went wrong here. It has been noted.'
        : 'This request could not be understood.'
  response.status(status).set('Cache-Control', 'no-store')
  response.render('error.njk', { status, message })
}
