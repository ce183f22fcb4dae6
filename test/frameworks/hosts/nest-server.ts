import 'reflect-metadata'
import { Controller, type INestApplication, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { RepriseModule } from '../../../src/frameworks/nest.ts'
import { listenerOf } from '../../../src/frameworks/site-app.ts'
import { startServer, type TestServer } from '../../support/http.ts'

export type Platform = 'express' | 'fastify'

/** What a compiler makes of the decorators above a method: it evaluates the lowest first. */
export function decorateMethod(
  { prototype }: { readonly prototype: object },
  method: string,
  decorators: readonly MethodDecorator[],
): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method) ?? {}
  for (const decorator of decorators.toReversed()) decorator(prototype, method, descriptor)
}

/** An application with one controller, not yet initialised. */
export async function createNest(
  platform: Platform,
  controller: Type,
  caches: Caches | undefined,
): Promise<INestApplication> {
  Controller()(controller)
  class Root {}
  const imports = caches === undefined ? [] : [RepriseModule.forRoot(caches)]
  Module({ imports, controllers: [controller] })(Root)
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
  // Without `abortOnError: false` Nest ends the process.
  const app = await NestFactory.create(Root, adapter, { logger: false, abortOnError: false })
  // Its own tags and 304s would hide what the cache does.
  if (platform === 'express') app.getHttpAdapter().getInstance().disable('etag')
  return app
}

export interface NestServer extends TestServer {
  readonly caches: Caches
  /** The texts of two answers to one question. */
  texts(path: string, headers?: Record<string, string>): Promise<[string, string]>
}

/** An application with one controller, on a loopback port. */
export async function startNest(
  platform: Platform,
  controller: Type,
  prepare: (app: INestApplication, caches: Caches) => void = () => {},
  { isCached = true }: { readonly isCached?: boolean } = {},
): Promise<NestServer> {
  const caches = createCaches({ default: 'memory://' })
  const app = await createNest(platform, controller, isCached ? caches : undefined)
  prepare(app, caches)
  const server = await startServer(listenerOf(app))
  return {
    ...server,
    caches,
    async texts(path, headers = {}) {
      const first = await server.ask(path, { headers })
      return [first.text, (await server.ask(path, { headers })).text]
    },
  }
}
