import type { Database } from '../database.ts'

export interface City {
  readonly id: number
  readonly name: string
  readonly country_code: string
  readonly country: string
  readonly flag: string
  readonly continent: string
  readonly admin_code: string
  readonly feature: string
  readonly population: number
  readonly latitude: number
  readonly longitude: number
}

export interface NearbyCity {
  readonly id: number
  readonly name: string
  readonly country_code: string
  readonly flag: string
  readonly distance_km: number
}

export interface CityRanks {
  readonly in_country: number
  readonly in_world: number
}

export async function readCity(database: Database, id: number): Promise<City | undefined> {
  const [city] = await database.query<City>(
    `SELECT cities.*, countries.name AS country, flag, continent
     FROM atlas.cities JOIN atlas.countries ON code = country_code
     WHERE id = $1`,
    [id],
  )
  return city
}

export async function readRanks(database: Database, city: City): Promise<CityRanks | undefined> {
  const [ranks] = await database.query<CityRanks>(
    `SELECT count(*) FILTER (WHERE country_code = $1)::float8 + 1 AS in_country,
            count(*)::float8 + 1 AS in_world
     FROM atlas.cities WHERE population > $2`,
    [city.country_code, city.population],
  )
  return ranks
}

const KM_PER_DEGREE = 111.19

// Haversine over a sphere of 6,371 km. `least`: rounding may lift the sine above 1 at the antipodes.
const NEAREST = `
  SELECT id, cities.name, country_code, flag, distance_km
  FROM (
    SELECT id, name, country_code,
           2 * 6371 * asin(least(1, sqrt(
             sin(radians(latitude - $1) / 2) ^ 2 +
             cos(radians($1)) * cos(radians(latitude)) * sin(radians(longitude - $2) / 2) ^ 2
           ))) AS distance_km
    FROM atlas.cities
    WHERE id <> $3 AND latitude BETWEEN $1::float8 - $5::float8 AND $1::float8 + $5::float8
    ORDER BY distance_km, id
    LIMIT $4
  ) AS cities
  JOIN atlas.countries ON code = country_code
  ORDER BY distance_km, id`

/**
 * The nearest cities by great-circle distance.
 *
 * A city within n km is within n / 111 degrees of latitude, so the index on latitude narrows the
 * search to a band; only where the last of them is farther than the band is wide (islands, the
 * Arctic) every city is looked at.
 */
export async function readNearest(
  database: Database,
  city: City,
  limit: number,
): Promise<NearbyCity[]> {
  const within = (degrees: number) =>
    database.query<NearbyCity>(NEAREST, [city.latitude, city.longitude, city.id, limit, degrees])
  const found = await within(1)
  const farthest = found.length === limit ? found.at(-1) : undefined
  return farthest !== undefined && farthest.distance_km <= KM_PER_DEGREE ? found : within(180)
}

/** Resolves to the country of the city, or `undefined` where there is no such city. */
export async function updatePopulation(
  database: Database,
  id: number,
  population: number,
): Promise<string | undefined> {
  const [city] = await database.query<{ country_code: string }>(
    'UPDATE atlas.cities SET population = $2 WHERE id = $1 RETURNING country_code',
    [id, population],
  )
  return city?.country_code
}
