import { Router } from 'express'
import { PageError } from '../page-error.ts'
import { searchCities } from '../queries/search.ts'
import type { Site } from '../site.ts'

const RESULTS = 40
const LONGEST = 64

/** `/search?q=` */
export function searchRoutes({ database, caching }: Site): Router {
  const routes = Router()

  routes.get('/search', caching.searchPage, async (request, response) => {
    const { q = '' } = request.query
    if (typeof q !== 'string' || q.length > LONGEST) {
      throw new PageError(400, `Search for one name of at most ${LONGEST} characters.`)
    }
    const text = q.trim()
    const cities = text === '' ? [] : await searchCities(database, text, RESULTS)
    response.render('search.njk', { text, cities, limit: RESULTS })
  })

  return routes
}
