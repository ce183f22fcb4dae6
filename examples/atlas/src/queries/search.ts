import type { Database } from '../database.ts'
import { searchForm } from '../search-form.ts'
import type { RankedCity } from './world.ts'

const FOUND = `
  SELECT id, cities.name, population, country_code, countries.name AS country, flag,
         latitude, longitude
  FROM atlas.cities JOIN atlas.countries ON code = country_code`

/**
 * Cities whose name starts with `text`, then cities whose name has it elsewhere; largest first.
 *
 * The first kind comes from an index; the second reads every name, and only where the first left room.
 */
export async function searchCities(
  database: Database,
  text: string,
  limit: number,
): Promise<RankedCity[]> {
  // In a pattern `%`, `_` and the backslash are not themselves.
  const pattern = searchForm(text).replace(/[\\%_]/g, '\\$&')
  const starting = await database.query<RankedCity>(
    `${FOUND} WHERE search_name LIKE $1 ORDER BY population DESC, id LIMIT $2`,
    [`${pattern}%`, limit],
  )
  if (starting.length === limit) return starting
  const inside = await database.query<RankedCity>(
    `${FOUND} WHERE search_name LIKE $1 AND search_name NOT LIKE $2
     ORDER BY population DESC, id LIMIT $3`,
    [`%${pattern}%`, `${pattern}%`, limit - starting.length],
  )
  return [...starting, ...inside]
}
