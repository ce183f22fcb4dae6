import { pipeline, Readable } from 'node:stream'
import express, { type RequestHandler } from 'express'
import * as inExpress from '../../../src/frameworks/express.ts'
import type { Host, HostParts, Page, Policies } from './site.ts'

function handlerOf(page: Page): RequestHandler {
  return async (request, response) => {
    const {
      status = 200,
      headers = {},
      body,
    } = await page({
      method: request.method,
      target: request.originalUrl,
      header: (name) => request.get(name),
    })
    response.status(status).set(headers)
    if (body instanceof Readable) pipeline(body, response, () => {})
    else response.send(body)
  }
}

function policies(given: Policies): RequestHandler[] {
  const { neverCache, cacheControl, varyOnHeaders, varyOnCookie, conditionalGet } = given
  return [
    ...(neverCache === true ? [inExpress.neverCache()] : []),
    ...(cacheControl === undefined ? [] : [inExpress.cacheControl(cacheControl)]),
    ...(varyOnHeaders === undefined ? [] : [inExpress.varyOnHeaders(...varyOnHeaders)]),
    ...(varyOnCookie === true ? [inExpress.varyOnCookie()] : []),
    ...(conditionalGet === true ? [inExpress.conditionalGet()] : []),
  ]
}

export function plainExpress({ page, policies: given }: HostParts): express.Express {
  const app = express()
  // Its own tags and 304s would hide what the cache does.
  app.disable('etag')
  app.set('env', 'test')
  app.use(...policies(given), handlerOf(page))
  return app
}

export const expressSite: Host = (parts) => {
  const app = express()
  app.use(inExpress.cacheSite(parts.caches, parts.options))
  app.use(plainExpress(parts))
  return app
}

export const expressPage: Host = ({ caches, options, page, policies: given }) => {
  const app = express()
  app.disable('etag')
  app.set('env', 'test')
  app.all('/{*path}', inExpress.cachePage(caches, options), ...policies(given), handlerOf(page))
  return app
}
