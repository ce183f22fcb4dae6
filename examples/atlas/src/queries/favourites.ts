import type { Database } from '../database.ts'
import type { CountryLink } from './world.ts'

export function readFavourites(database: Database, visitorId: string): Promise<CountryLink[]> {
  return database.query<CountryLink>(
    `SELECT code, name, flag, continent
     FROM atlas.favourites JOIN atlas.countries ON code = country_code
     WHERE visitor_id = $1
     ORDER BY name`,
    [visitorId],
  )
}

/** Keeps the country, or lets go of it. A country that does not exist changes nothing. */
export async function setFavourite(
  database: Database,
  visitorId: string,
  code: string,
  keep: boolean,
): Promise<void> {
  await database.query(
    keep
      ? `INSERT INTO atlas.favourites SELECT $1, code FROM atlas.countries WHERE code = $2
         ON CONFLICT DO NOTHING`
      : 'DELETE FROM atlas.favourites WHERE visitor_id = $1 AND country_code = $2',
    [visitorId, code],
  )
}
