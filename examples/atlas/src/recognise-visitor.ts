import type { RequestHandler } from 'express'
import { readFavourites } from './queries/favourites.ts'
import type { Site } from './site.ts'

/** Tells the routes and templates who is asking, and browsers what they may keep. */
export function recogniseVisitor({ database, caching, visitors }: Site): RequestHandler {
  return async (request, response, next) => {
    const visitor = visitors.read(request.headers.cookie)
    response.locals.visitor = visitor
    response.locals.path = request.path
    // Browsers ask each time, and are told "not modified" where nothing is: so an edit shows at once.
    response.set('Cache-Control', visitor === undefined ? 'max-age=0' : 'private, no-cache')
    if (visitor !== undefined) {
      response.locals.favourites = await caching.rows(`favourites:${visitor.id}`, () =>
        readFavourites(database, visitor.id),
      )
    }
    next()
  }
}
