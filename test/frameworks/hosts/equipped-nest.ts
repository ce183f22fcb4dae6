import 'reflect-metadata'
import { All, type INestApplication, Req, Res } from '@nestjs/common'
import type { Request, Response } from 'express'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CachePage, cacheSite } from '../../../src/frameworks/nest.ts'
import { type Equipment, type EquippedHost, type EquippedParts, GUARDED } from './equipment.ts'
import { expressEquipment, expressVisitor } from './equipped-express.ts'
import { fastifyVisitor, registerEquipment } from './equipped-fastify.ts'
import { createNest, decorateMethod, type Platform } from './nest-server.ts'

type Decorate = (parts: EquippedParts) => MethodDecorator[]

async function siteOf(
  parts: EquippedParts,
  platform: Platform,
  decorators: MethodDecorator[],
): Promise<INestApplication> {
  class Pages {
    async page(request: Request | FastifyRequest, response: Response | FastifyReply) {
      const { pathname } = new URL(request.originalUrl, 'http://localhost')
      const route = parts.routes[`${request.method} ${pathname}`]
      response.status(200)
      response.header('Content-Type', 'text/html; charset=utf-8')
      if (route === undefined) return ''
      return route(
        'raw' in request
          ? fastifyVisitor(request, response as FastifyReply)
          : expressVisitor(request, response as Response),
      )
    }
  }
  Req()(Pages.prototype, 'page', 0)
  Res({ passthrough: true })(Pages.prototype, 'page', 1)
  decorateMethod(Pages, 'page', [All(platform === 'express' ? '{*path}' : '*'), ...decorators])
  return createNest(platform, Pages, parts.caches)
}

async function equip(
  app: INestApplication,
  platform: Platform,
  equipment: Equipment,
): Promise<void> {
  if (platform === 'express') {
    if (equipment.etag === true) app.getHttpAdapter().getInstance().enable('etag')
    for (const middleware of expressEquipment(equipment)) app.use(middleware)
    return
  }
  const instance: FastifyInstance = app.getHttpAdapter().getInstance()
  await registerEquipment(instance, equipment)
  if (equipment.session === undefined) return
  instance.addHook('onRequest', (request, reply, done) => {
    const isGuarded = `${request.method} ${request.url}` === GUARDED
    if (isGuarded) instance.csrfProtection(request, reply, done)
    else done()
  })
}

const hostOf =
  (platform: Platform, decorate: Decorate): EquippedHost =>
  async (parts) => {
    const { caches, options, place, equipment } = parts
    const decorators = decorate(parts)
    const app = await siteOf(parts, platform, decorators)
    const isMounted = decorators.length === 0
    if (place === 'outside' && isMounted) cacheSite(app, caches, options)
    await equip(app, platform, equipment)
    if (place === 'inside' && isMounted) cacheSite(app, caches, options)
    return app
  }

export const equippedNest = (platform: Platform): EquippedHost => hostOf(platform, () => [])

/** The decorator stands further in than any middleware. */
export const decoratedNest = (platform: Platform): EquippedHost =>
  hostOf(platform, ({ options, place }) => (place === undefined ? [] : [CachePage(options)]))
