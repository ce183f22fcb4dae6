import { Router } from 'express'
import {
  readAllCountries,
  readContinents,
  readLargestCities,
  readLargestCountries,
} from '../queries/world.ts'
import type { Site } from '../site.ts'

const CITIES = 18
const COUNTRIES = 12

/** `/` and `/countries`. */
export function frontRoutes({ database, caching }: Site): Router {
  const routes = Router()

  routes.get('/', caching.page, async (_request, response) => {
    const [cities, countries, continents] = await Promise.all([
      readLargestCities(database, CITIES),
      readLargestCountries(database, COUNTRIES),
      caching.rows('continents', () => readContinents(database)),
    ])
    response.render('front.njk', { cities, countries, continents })
  })

  routes.get('/countries', caching.page, async (_request, response) => {
    const countries = await readAllCountries(database)
    response.render('countries.njk', { countries })
  })

  return routes
}
