import type { Database } from '../database.ts'
import type { CountryLink } from './world.ts'

export interface Country {
  readonly code: string
  readonly name: string
  readonly official_name: string
  readonly capital: string
  readonly continent: string
  readonly subregion: string
  readonly area_km2: number
  readonly flag: string
  readonly languages: string
  readonly currencies: string
}

export interface UrbanTotals {
  readonly cities: number
  readonly population: number
  /** Among all countries, by people in cities. */
  readonly rank: number
}

export interface CityOfCountry {
  readonly id: number
  readonly name: string
  readonly feature: string
  readonly population: number
}

export interface AdminArea {
  readonly code: string
  readonly cities: number
  readonly population: number
  /** The data has no names of areas: the largest city tells which one it is. */
  readonly largest_id: number
  readonly largest_name: string
}

export async function readCountry(database: Database, code: string): Promise<Country | undefined> {
  const [country] = await database.query<Country>('SELECT * FROM atlas.countries WHERE code = $1', [
    code,
  ])
  return country
}

/** Reads every city, because the rank needs the totals of all countries. */
export async function readUrbanTotals(
  database: Database,
  code: string,
): Promise<UrbanTotals | undefined> {
  const [totals] = await database.query<UrbanTotals>(
    `SELECT cities::float8 AS cities, population::float8 AS population, rank::float8 AS rank
     FROM (
       SELECT country_code, count(*) AS cities, sum(population) AS population,
              rank() OVER (ORDER BY sum(population) DESC) AS rank
       FROM atlas.cities GROUP BY country_code
     ) AS ranked
     WHERE country_code = $1`,
    [code],
  )
  return totals
}

export function readNeighbours(database: Database, code: string): Promise<CountryLink[]> {
  return database.query<CountryLink>(
    `SELECT code, name, flag, continent
     FROM atlas.borders JOIN atlas.countries ON code = neighbour_code
     WHERE country_code = $1
     ORDER BY name`,
    [code],
  )
}

export function readCitiesOfCountry(
  database: Database,
  code: string,
  limit: number,
): Promise<CityOfCountry[]> {
  return database.query<CityOfCountry>(
    `SELECT id, name, feature, population FROM atlas.cities
     WHERE country_code = $1 ORDER BY population DESC, id LIMIT $2`,
    [code, limit],
  )
}

export function readAdminAreas(database: Database, code: string): Promise<AdminArea[]> {
  return database.query<AdminArea>(
    `SELECT admin_code AS code,
            count(*)::float8 AS cities,
            sum(population)::float8 AS population,
            (array_agg(id ORDER BY population DESC, id))[1] AS largest_id,
            (array_agg(name ORDER BY population DESC, id))[1] AS largest_name
     FROM atlas.cities
     WHERE country_code = $1
     GROUP BY admin_code
     ORDER BY sum(population) DESC, admin_code`,
    [code],
  )
}

/**
 * Where cities of a country are: all, or a fair sample, which draws its shape as well.
 *
 * By the hash of their numbers: the largest alone would draw the coasts of the United States.
 */
export function readCityPlaces(
  database: Database,
  code: string,
  limit: number,
): Promise<{ latitude: number; longitude: number }[]> {
  return database.query(
    `SELECT latitude, longitude FROM atlas.cities
     WHERE country_code = $1 ORDER BY hashint4(id), id LIMIT $2`,
    [code, limit],
  )
}
