import type { Database } from '../database.ts'

export interface Continent {
  readonly name: string
  readonly countries: number
  readonly cities: number
  readonly population: number
}

export interface RankedCity {
  readonly id: number
  readonly name: string
  readonly population: number
  readonly country_code: string
  readonly country: string
  readonly flag: string
  readonly latitude: number
  readonly longitude: number
}

export interface RankedCountry {
  readonly code: string
  readonly name: string
  readonly flag: string
  readonly cities: number
  readonly population: number
}

export interface CountryLink {
  readonly code: string
  readonly name: string
  readonly flag: string
  readonly continent: string
}

// `sum` and `count` give bigint, which pg hands out as text: doubles are exact far beyond the
// population of the world and are numbers in both drivers.

/** Number of cities and their people, per continent. Reads every city. */
export function readContinents(database: Database): Promise<Continent[]> {
  return database.query<Continent>(`
    SELECT continent AS name,
           count(*)::float8 AS countries,
           coalesce(sum(cities), 0)::float8 AS cities,
           coalesce(sum(population), 0)::float8 AS population
    FROM atlas.countries
    LEFT JOIN (
      SELECT country_code, count(*) AS cities, sum(population) AS population
      FROM atlas.cities GROUP BY country_code
    ) AS totals ON country_code = code
    GROUP BY continent
    ORDER BY population DESC, name`)
}

export function readLargestCities(database: Database, limit: number): Promise<RankedCity[]> {
  return database.query<RankedCity>(
    `SELECT id, cities.name, population, country_code, countries.name AS country, flag,
            latitude, longitude
     FROM atlas.cities JOIN atlas.countries ON code = country_code
     ORDER BY population DESC, id
     LIMIT $1`,
    [limit],
  )
}

/** The countries with the most people in cities. Reads every city. */
export function readLargestCountries(database: Database, limit: number): Promise<RankedCountry[]> {
  return database.query<RankedCountry>(
    `SELECT code, countries.name, flag,
            count(*)::float8 AS cities, sum(population)::float8 AS population
     FROM atlas.cities JOIN atlas.countries ON code = country_code
     GROUP BY code
     ORDER BY sum(population) DESC, code
     LIMIT $1`,
    [limit],
  )
}

export function readAllCountries(database: Database): Promise<CountryLink[]> {
  return database.query<CountryLink>(
    'SELECT code, name, flag, continent FROM atlas.countries ORDER BY continent, name',
  )
}

/** Where on a grid of whole degrees cities are: the world, drawn by its cities. */
export function readCityGrid(database: Database): Promise<{ x: number; y: number }[]> {
  return database.query(`
    SELECT DISTINCT floor(longitude)::int + 180 AS x, 89 - floor(latitude)::int AS y
    FROM atlas.cities ORDER BY y, x`)
}
