import fastify, {
  type FastifyInstance,
  type onRequestHookHandler,
  type RouteHandlerMethod,
} from 'fastify'
import * as inFastify from '../../../src/frameworks/fastify.ts'
import { listenerOf } from '../../../src/frameworks/site-app.ts'
import type { Host, HostParts, Page, Policies } from './site.ts'

function handlerOf(page: Page): RouteHandlerMethod {
  return async (request, reply) => {
    const {
      status = 200,
      headers = {},
      body,
    } = await page({
      method: request.method,
      target: request.originalUrl,
      header: (name) => request.headers[name] as string | undefined,
    })
    return reply.code(status).headers(headers).send(body)
  }
}

function policies(given: Policies): onRequestHookHandler[] {
  const { neverCache, cacheControl, varyOnHeaders, varyOnCookie, conditionalGet } = given
  return [
    ...(neverCache === true ? [inFastify.neverCache()] : []),
    ...(cacheControl === undefined ? [] : [inFastify.cacheControl(cacheControl)]),
    ...(varyOnHeaders === undefined ? [] : [inFastify.varyOnHeaders(...varyOnHeaders)]),
    ...(varyOnCookie === true ? [inFastify.varyOnCookie()] : []),
    ...(conditionalGet === true ? [inFastify.conditionalGet()] : []),
  ]
}

type Hooks = (onRequestHookHandler | ReturnType<typeof inFastify.cachePage>)[]

function route(app: FastifyInstance, page: Page, onRequest: Hooks): FastifyInstance {
  const method = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']
  app.route({ method, url: '*', exposeHeadRoute: false, onRequest, handler: handlerOf(page) })
  return app
}

export function plainFastify({ page, policies: given }: HostParts): FastifyInstance {
  return route(fastify(), page, policies(given))
}

export const fastifySite: Host = ({ caches, options, page, policies: given }) => {
  const app = fastify()
  app.register(inFastify.cacheSite(caches, options))
  app.register((inner, _options, done) => {
    route(inner, page, policies(given))
    done()
  })
  return listenerOf(app)
}

export const fastifyPage: Host = ({ caches, options, page, policies: given }) =>
  listenerOf(route(fastify(), page, [inFastify.cachePage(caches, options), ...policies(given)]))
