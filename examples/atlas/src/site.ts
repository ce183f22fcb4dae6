import type { Caching } from './caching.ts'
import type { Database } from './database.ts'
import type { VisitorCookies } from './visitor.ts'

/** What the routes work with. */
export interface Site {
  readonly database: Database
  readonly caching: Caching
  readonly visitors: VisitorCookies
}
