import { Router } from 'express'
import type { StampedRows } from '../caching.ts'
import { drawCountry } from '../country-map.ts'
import { PageError } from '../page-error.ts'
import {
  readAdminAreas,
  readCitiesOfCountry,
  readCityPlaces,
  readCountry,
  readNeighbours,
  readUrbanTotals,
} from '../queries/country.ts'
import type { CountryLink } from '../queries/world.ts'
import type { Site } from '../site.ts'

const CITIES = 20
/** More draw no better shape, only a larger page. */
const PLACES = 2000

/** `/country/:code` */
export function countryRoutes({ database, caching }: Site): Router {
  const routes = Router()

  routes.get('/country/:code', caching.page, async (request, response) => {
    const code = countryCode(request.params.code)
    const country = await readCountry(database, code)
    if (country === undefined) throw new PageError(404, 'There is no such country.')
    const [totals, neighbours, cities, areas, places] = await Promise.all([
      readUrbanTotals(database, code),
      readNeighbours(database, code),
      readCitiesOfCountry(database, code, CITIES),
      caching.rows(`areas:${code}`, () => readAdminAreas(database, code)),
      readCityPlaces(database, code, PLACES),
    ])
    const map = drawCountry(places)
    const [place] = places
    const favourites: StampedRows<CountryLink> | undefined = response.locals.favourites
    const isFavourite = favourites?.rows.some((favourite) => favourite.code === code)
    response.render('country.njk', {
      ...{ country, totals, neighbours, cities, areas, map, place, isFavourite },
    })
  })

  return routes
}

function countryCode(code: unknown): string {
  if (typeof code === 'string' && /^[A-Z]{2}$/.test(code)) return code
  throw new PageError(404, 'There is no such country.')
}
