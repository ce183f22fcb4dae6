import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'

/** What the environment may say. Everything has a default that works on a fresh clone. */
export interface Settings {
  readonly port: number
  readonly host: string
  /** `undefined`: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  /** Where the embedded database keeps its snapshot between starts. */
  readonly dataFolder: string
  /** Cities below it are not loaded: the tests run on fewer rows. */
  readonly minPopulation: number
  readonly caching: boolean
  /** Signs the visitors' cookies. A random one ends their sessions when the process ends. */
  readonly secret: string
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    port: wholeNumber('PORT', env.PORT ?? '3000'),
    host: env.HOST ?? '127.0.0.1',
    databaseUrl: env.DATABASE_URL || undefined,
    dataFolder: env.ATLAS_DATA ?? fileURLToPath(new URL('../.data', import.meta.url)),
    minPopulation: wholeNumber(
      'ATLAS_CITIES_MIN_POPULATION',
      env.ATLAS_CITIES_MIN_POPULATION ?? '0',
    ),
    caching: env.ATLAS_CACHE !== 'off',
    secret: env.ATLAS_SECRET || randomBytes(32).toString('base64url'),
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} is "${text}": it must be a whole number.`)
  return Number(text)
}
