import { type Request, Router } from 'express'
import { PageError } from '../page-error.ts'
import { readCity, readNearest, readRanks, updatePopulation } from '../queries/city.ts'
import { sameOriginOnly } from '../security.ts'
import type { Site } from '../site.ts'

const NEAREST = 10
export const MAX_POPULATION = 50_000_000

/** `/city/:id`, and the form on it that corrects the population. */
export function cityRoutes({ database, caching }: Site): Router {
  const routes = Router()

  routes.get('/city/:id', caching.page, async (request, response) => {
    const city = await readCity(database, cityId(request.params.id))
    if (city === undefined) throw new PageError(404, 'There is no such city.')
    const [ranks, nearest] = await Promise.all([
      readRanks(database, city),
      readNearest(database, city, NEAREST),
    ])
    response.render('city.njk', { city, ranks, nearest, maxPopulation: MAX_POPULATION })
  })

  routes.post('/city/:id/population', sameOriginOnly, async (request, response) => {
    const id = cityId(request.params.id)
    const country = await updatePopulation(database, id, population(request))
    if (country === undefined) throw new PageError(404, 'There is no such city.')
    await caching.forgetCity(id, country)
    // The page that `#saved` points into says so, without a cookie or a parameter.
    response.redirect(303, `/city/${id}#saved`)
  })

  return routes
}

function cityId(id: unknown): number {
  // Ten digits may be beyond PostgreSQL's integer.
  if (typeof id !== 'string' || !/^[1-9]\d{0,8}$/.test(id))
    throw new PageError(404, 'There is no such city.')
  return Number(id)
}

function population(request: Request): number {
  const text: unknown = request.body?.population
  const isNumber = typeof text === 'string' && /^\d{1,8}$/.test(text.trim())
  if (!isNumber || Number(text) > MAX_POPULATION) {
    throw new PageError(400, `A population is a whole number from 0 to ${MAX_POPULATION}.`)
  }
  return Number(text)
}
