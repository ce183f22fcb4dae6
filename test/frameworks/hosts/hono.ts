import { Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import * as inHono from '../../../src/frameworks/hono.ts'
import type { Listener } from '../../../src/frameworks/node.ts'
import type { Host, HostParts, Page, Policies } from './site.ts'

function handlerOf(page: Page): MiddlewareHandler {
  return async (context) => {
    const { pathname, search } = new URL(context.req.url)
    const {
      status = 200,
      headers = {},
      body,
    } = await page({
      method: context.req.method,
      target: pathname + search,
      header: (name) => context.req.header(name),
    })
    const content = body instanceof Readable ? (Readable.toWeb(body) as ReadableStream) : body
    // The platform refuses a body here, even an empty one.
    const sent = status === 304 ? null : (content as string)
    return context.newResponse(sent, status as 200, { ...headers })
  }
}

function policies(given: Policies): MiddlewareHandler[] {
  const { neverCache, cacheControl, varyOnHeaders, varyOnCookie, conditionalGet } = given
  return [
    ...(neverCache === true ? [inHono.neverCache()] : []),
    ...(cacheControl === undefined ? [] : [inHono.cacheControl(cacheControl)]),
    ...(varyOnHeaders === undefined ? [] : [inHono.varyOnHeaders(...varyOnHeaders)]),
    ...(varyOnCookie === true ? [inHono.varyOnCookie()] : []),
    ...(conditionalGet === true ? [inHono.conditionalGet()] : []),
  ]
}

function appOf(middleware: MiddlewareHandler[], page: Page): Hono {
  const app = new Hono()
  app.onError((_error, context) => context.text('broken', 500))
  for (const each of middleware) app.use(each)
  app.all('*', handlerOf(page))
  return app
}

const listening = (app: Hono) => getRequestListener(app.fetch) as Listener

export function plainHono({ page, policies: given }: HostParts): Hono {
  return appOf(policies(given), page)
}

export const honoSite: Host = ({ caches, options, page, policies: given }) =>
  listening(appOf([inHono.cacheSite(caches, options), ...policies(given)], page))

/** Behind another one, which changes the answer before and after `next()`. */
export const honoPage: Host = ({ caches, options, page, policies: given }) => {
  const outermost: MiddlewareHandler = async (context, next) => {
    context.header('X-Before', 'here')
    await next()
    context.header('X-Outermost', 'here')
  }
  return listening(appOf([outermost, inHono.cachePage(caches, options), ...policies(given)], page))
}
