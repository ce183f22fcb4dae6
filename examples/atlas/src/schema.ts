/**
 * Its own schema, so that a server which holds other things keeps them.
 *
 * `loads` says what was loaded, and is written last: a load that was cut short is done again.
 */
export const TABLES = `
  CREATE SCHEMA IF NOT EXISTS atlas;

  CREATE TABLE IF NOT EXISTS atlas.countries (
    code text PRIMARY KEY,
    code3 text NOT NULL UNIQUE,
    name text NOT NULL,
    official_name text NOT NULL,
    capital text NOT NULL,
    continent text NOT NULL,
    subregion text NOT NULL,
    area_km2 double precision NOT NULL,
    -- Name of a picture below /assets/flags.
    flag text NOT NULL,
    languages text NOT NULL,
    currencies text NOT NULL
  );

  CREATE TABLE IF NOT EXISTS atlas.borders (
    country_code text NOT NULL,
    neighbour_code text NOT NULL,
    PRIMARY KEY (country_code, neighbour_code)
  );

  CREATE TABLE IF NOT EXISTS atlas.cities (
    id integer PRIMARY KEY,
    name text NOT NULL,
    search_name text NOT NULL,
    country_code text NOT NULL,
    admin_code text NOT NULL,
    feature text NOT NULL,
    population integer NOT NULL CHECK (population >= 0),
    latitude double precision NOT NULL,
    longitude double precision NOT NULL
  );

  CREATE TABLE IF NOT EXISTS atlas.favourites (
    visitor_id text NOT NULL,
    country_code text NOT NULL,
    PRIMARY KEY (visitor_id, country_code)
  );

  CREATE TABLE IF NOT EXISTS atlas.loads (
    version integer NOT NULL,
    min_population integer NOT NULL
  );
`

export const EMPTY = `
  TRUNCATE atlas.countries, atlas.borders, atlas.cities, atlas.favourites, atlas.loads;
  DROP INDEX IF EXISTS atlas.cities_population, atlas.cities_country, atlas.cities_search, atlas.cities_latitude;
`

/** Made after the rows are in: for 135,000 rows that takes a third of the time. */
export const INDEXES = [
  ['by population', 'CREATE INDEX cities_population ON atlas.cities (population DESC)'],
  ['by country', 'CREATE INDEX cities_country ON atlas.cities (country_code, population DESC)'],
  ['by name', 'CREATE INDEX cities_search ON atlas.cities (search_name text_pattern_ops)'],
  ['by latitude', 'CREATE INDEX cities_latitude ON atlas.cities (latitude)'],
] as const
