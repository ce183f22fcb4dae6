import { pipeline, Readable } from 'node:stream'
import express, { type RequestHandler } from 'express'
import express4 from 'express4'
import * as inExpress from '../../../src/frameworks/express.ts'
import type { Host, HostParts, Page, Policies } from './site.ts'

/** What a version of Express calls every path. */
const EVERY_PATH = new Map([
  [express, '/{*path}'],
  [express4, '*'],
])

function handlerOf(page: Page): RequestHandler {
  return (request, response, next) => {
    const send = async () => {
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
    // Express 4 takes no promise.
    send().catch(next)
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

export const plainExpress =
  (version: typeof express) =>
  ({ page, policies: given }: HostParts): express.Express => {
    const app = version()
    // Its own tags and 304s would hide what the cache does.
    app.disable('etag')
    app.set('env', 'test')
    app.use(...policies(given), handlerOf(page))
    return app
  }

export const expressSite =
  (version: typeof express): Host =>
  (parts) => {
    const app = version()
    app.use(inExpress.cacheSite(parts.caches, parts.options))
    app.use(plainExpress(version)(parts))
    return app
  }

export const expressPage =
  (version: typeof express): Host =>
  ({ caches, options, page, policies: given }) => {
    const app = version()
    app.disable('etag')
    app.set('env', 'test')
    const path = EVERY_PATH.get(version) ?? ''
    app.all(path, inExpress.cachePage(caches, options), ...policies(given), handlerOf(page))
    return app
  }
