import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { type Caches, createCaches } from 'reprise'
import { cachePage, type ExpressPageOptions, purgePage } from 'reprise/express'

/** `default`: values and pages; `fragments`: parts of pages; `search`: pages of results. */
export type AtlasCaches = Caches<'default' | 'fragments' | 'search'>

/** How long a page or a value may be shown; what is edited here shows at once all the same. */
export const TTL = '10m'

/**
 * The caches of the site: in this process, or where `CACHE_URL` says.
 *
 * Switched off, they keep nothing: the same code runs, and every page costs what it costs.
 */
export function openCaches(isOn: boolean): AtlasCaches {
  if (!isOn) return createCaches({ default: 'null://', fragments: 'null://', search: 'null://' })
  return createCaches({
    default: { keyPrefix: 'atlas' },
    fragments: { keyPrefix: 'atlas-fragments' },
    search: { keyPrefix: 'atlas-search' },
  })
}

// One address for every page, whatever host it is asked for under: no page shows its host.
// No cookie counts: only strangers' pages come here, and those depend on none.
const ORIGIN = 'http://atlas.example'
const PAGES: ExpressPageOptions = { ttl: TTL, cookies: 'ignore', origin: ORIGIN }

// Any city may be on any page of results, so an edit drops them all: each has in its key an edition
// that an edit replaces. It is random, so that one that got lost never comes back with its pages.
const EDITION = 'edition'
const SEARCHES: ExpressPageOptions = {
  ...PAGES,
  alias: 'search',
  vary: (request) => request.res?.locals.edition,
}

/** What {@link Caching.rows} gives. */
export interface StampedRows<Row> {
  readonly rows: readonly Row[]
  readonly stamp: string
}

/** The site's own use of its caches: what is kept, for whom, and what an edit makes untrue. */
export class Caching {
  readonly caches: AtlasCaches
  /** For pages that depend on nothing but their path. */
  readonly page: RequestHandler
  readonly searchPage: RequestHandler

  constructor(isOn: boolean) {
    this.caches = openCaches(isOn)
    this.page = isOn ? forStrangers(withoutQuery(cachePage(this.caches, PAGES))) : passOn
    this.searchPage = isOn
      ? forStrangers(this.#withEdition(cachePage(this.caches, SEARCHES)))
      : passOn
  }

  /**
   * Rows from the cache, or as `read` gives them.
   *
   * The fragments that show them have the stamp in their keys, so none can outlive its rows: a
   * fragment that a slow request renders from rows which were dropped meanwhile is never found.
   */
  rows<Row extends object>(key: string, read: () => Promise<Row[]>): Promise<StampedRows<Row>> {
    const stamped = async () => ({ rows: await read(), stamp: randomUUID() })
    return this.caches.default.getOrSet(key, stamped, { ttl: TTL })
  }

  /** Drops all that shows the population of a city; rows first, so that no page is made of old ones. */
  async forgetCity(id: number, country: string): Promise<void> {
    const { caches } = this
    await caches.default.deleteMany(['continents', `areas:${country}`])
    const pages = ['/', `/country/${country}`, `/city/${id}`]
    await Promise.all([
      caches.search.set(EDITION, randomUUID(), { ttl: Infinity }),
      ...pages.map((path) => purgePage(caches, path, { origin: ORIGIN })),
    ])
  }

  #withEdition(cached: RequestHandler): RequestHandler {
    const { search } = this.caches
    return async (request, response, next) => {
      const makeEdition = () => randomUUID()
      response.locals.edition = await search.getOrSet(EDITION, makeEdition, { ttl: Infinity })
      return cached(request, response, next)
    }
  }

  /** Drops what a visitor's panel is made of. */
  async forgetFavourites(visitorId: string): Promise<void> {
    await this.caches.default.delete(`favourites:${visitorId}`)
  }
}

const passOn: RequestHandler = (_request, _response, next) => next()

/** A signed-in visitor's pages have a panel of their own. They are rendered each time, from cached parts. */
function forStrangers(cached: RequestHandler): RequestHandler {
  return (request, response, next) =>
    response.locals.visitor === undefined ? cached(request, response, next) : next()
}

/** Parameters that a page does not know would make copies of it that no edit finds. */
function withoutQuery(cached: RequestHandler): RequestHandler {
  return (request, response, next) =>
    request.originalUrl.includes('?') ? next() : cached(request, response, next)
}
