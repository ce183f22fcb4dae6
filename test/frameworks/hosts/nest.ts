import 'reflect-metadata'
import type { Readable } from 'node:stream'
import { All, type INestApplication, Req, Res, StreamableFile } from '@nestjs/common'
import type { Request, Response } from 'express'
import type { FastifyReply } from 'fastify'
import * as inNest from '../../../src/frameworks/nest.ts'
import { listenerOf } from '../../../src/frameworks/site-app.ts'
import { createNest, decorateMethod, type Platform } from './nest-server.ts'
import type { Host, HostParts, Policies } from './site.ts'

function policies(given: Policies): MethodDecorator[] {
  const { neverCache, cacheControl, varyOnHeaders, varyOnCookie, conditionalGet } = given
  return [
    ...(neverCache === true ? [inNest.NeverCache()] : []),
    ...(cacheControl === undefined ? [] : [inNest.CacheControl(cacheControl)]),
    ...(varyOnHeaders === undefined ? [] : [inNest.VaryOnHeaders(...varyOnHeaders)]),
    ...(varyOnCookie === true ? [inNest.VaryOnCookie()] : []),
    ...(conditionalGet === true ? [inNest.ConditionalGet()] : []),
  ]
}

function setHead(response: Response | FastifyReply, status: number, headers: object): void {
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.header(name, value)
}

export async function nestApp(
  { caches, page }: Pick<HostParts, 'caches' | 'page'>,
  platform: Platform,
  decorators: MethodDecorator[],
): Promise<INestApplication> {
  class Site {
    async page(request: Request, response: Response | FastifyReply) {
      const {
        status = 200,
        headers = {},
        body,
      } = await page({
        method: request.method,
        target: request.originalUrl,
        header: (name) => request.headers[name] as string | undefined,
      })
      setHead(response, status, headers)
      if (typeof body === 'string') return body
      const type = headers['Content-Type'] ?? 'application/octet-stream'
      return new StreamableFile(body as Readable, { type: String(type) })
    }
  }
  Req()(Site.prototype, 'page', 0)
  Res({ passthrough: true })(Site.prototype, 'page', 1)
  decorateMethod(Site, 'page', [All(platform === 'express' ? '{*path}' : '*'), ...decorators])
  return createNest(platform, Site, caches)
}

export const plainNest =
  (platform: Platform) =>
  (parts: HostParts): Promise<INestApplication> =>
    nestApp(parts, platform, policies(parts.policies))

export const nestSite =
  (platform: Platform): Host =>
  async (parts) => {
    const app = await plainNest(platform)(parts)
    inNest.cacheSite(app, parts.caches, parts.options)
    return listenerOf(app)
  }

export const nestPage =
  (platform: Platform): Host =>
  async (parts) => {
    const decorators = [inNest.CachePage(parts.options), ...policies(parts.policies)]
    return listenerOf(await nestApp(parts, platform, decorators))
  }
