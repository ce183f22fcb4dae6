import { type Request, Router } from 'express'
import { PageError } from '../page-error.ts'
import { setFavourite } from '../queries/favourites.ts'
import { sameOriginOnly } from '../security.ts'
import type { Site } from '../site.ts'
import type { Visitor } from '../visitor.ts'

/** Signing in and out, and a visitor's favourite countries. Nothing here is cached. */
export function visitorRoutes({ database, caching, visitors }: Site): Router {
  const routes = Router()

  routes.get('/sign-in', (request, response) => {
    response.render('sign-in.njk', { from: localPath(request.query.from) })
  })

  routes.post('/sign-in', sameOriginOnly, (request, response) => {
    visitors.signIn(request, response, visitorName(request))
    response.redirect(303, localPath(request.body?.from))
  })

  routes.post('/sign-out', sameOriginOnly, (request, response) => {
    visitors.signOut(request, response)
    response.redirect(303, '/')
  })

  routes.post('/favourites', sameOriginOnly, async (request, response) => {
    const visitor: Visitor | undefined = response.locals.visitor
    if (visitor === undefined) throw new PageError(403, 'Sign in to keep favourites.')
    const code: unknown = request.body?.code
    if (typeof code !== 'string' || !/^[A-Z]{2}$/.test(code)) {
      throw new PageError(400, 'A country is two capital letters.')
    }
    await setFavourite(database, visitor.id, code, request.body?.keep === 'yes')
    await caching.forgetFavourites(visitor.id)
    response.redirect(303, `/country/${code}`)
  })

  return routes
}

function visitorName(request: Request): string {
  const given: unknown = request.body?.name
  const name = typeof given === 'string' ? given.trim() : ''
  if (!/^[\p{Letter}\p{Mark}\p{Number} .,'’-]{1,40}$/u.test(name)) {
    throw new PageError(400, 'A name has 1 to 40 letters, digits, blanks or hyphens.')
  }
  return name
}

/** A path of this site to go back to: nobody is sent elsewhere after signing in. */
function localPath(path: unknown): string {
  return typeof path === 'string' && /^\/(?![/\\])[\w/?=&%.+-]*$/.test(path) ? path : '/'
}
