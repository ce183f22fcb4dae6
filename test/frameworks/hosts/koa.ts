import Koa from 'koa'
import * as inKoa from '../../../src/frameworks/koa.ts'
import type { Host, HostParts, Page, Policies } from './site.ts'

function handlerOf(page: Page): Koa.Middleware {
  return async (context) => {
    const {
      status = 200,
      headers = {},
      body,
    } = await page({
      method: context.method,
      target: context.url,
      header: (name) => context.get(name) || undefined,
    })
    context.status = status
    context.body = body
    for (const [name, value] of Object.entries(headers)) context.set(name, value)
  }
}

function policies(given: Policies): Koa.Middleware[] {
  const { neverCache, cacheControl, varyOnHeaders, varyOnCookie, conditionalGet } = given
  return [
    ...(neverCache === true ? [inKoa.neverCache()] : []),
    ...(cacheControl === undefined ? [] : [inKoa.cacheControl(cacheControl)]),
    ...(varyOnHeaders === undefined ? [] : [inKoa.varyOnHeaders(...varyOnHeaders)]),
    ...(varyOnCookie === true ? [inKoa.varyOnCookie()] : []),
    ...(conditionalGet === true ? [inKoa.conditionalGet()] : []),
  ]
}

function appOf(middleware: Koa.Middleware[]): Koa {
  const app = new Koa()
  // It would print what the tests break on purpose.
  app.silent = true
  for (const each of middleware) app.use(each)
  return app
}

export function plainKoa({ page, policies: given }: HostParts): Koa {
  return appOf([...policies(given), handlerOf(page)])
}

/** As the first middleware: hits go past Koa. */
export const koaSite: Host = ({ caches, options, page, policies: given }) =>
  appOf([inKoa.cacheSite(caches, options), ...policies(given), handlerOf(page)]).callback()

/** Behind another one, which changes the answer after `next()`: hits go Koa's way. */
export const koaPage: Host = ({ caches, options, page, policies: given }) => {
  const outermost: Koa.Middleware = async (context, next) => {
    await next()
    context.set('X-Outermost', 'here')
  }
  const middleware = [outermost, inKoa.cachePage(caches, options), ...policies(given)]
  return appOf([...middleware, handlerOf(page)]).callback()
}
