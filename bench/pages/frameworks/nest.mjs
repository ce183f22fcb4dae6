import 'reflect-metadata'
import { createServer } from 'node:http'
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager'
import { Controller, Get, Header, Module, UseInterceptors } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'

/** Nest 12, on Express unless it says so. */
export const variants = {
  constant: async (tools) => serverOf(await open(tools, { page: () => tools.text })),

  rendered: async (tools) => serverOf(await open(tools)),

  middleware: async (tools) => {
    const { cacheSite } = await tools.reprise('frameworks/nest')
    const app = await open(tools)
    cacheSite(app, await tools.openCaches(), { ttl: 3600 })
    return serverOf(app)
  },

  wrapped: async (tools) => {
    const { wrapSite } = await tools.reprise('frameworks/node')
    return createServer(wrapSite(await tools.openCaches(), await open(tools), { ttl: 3600 }))
  },

  interceptor: async (tools) => serverOf(await open(tools, { interceptor: CacheInterceptor })),

  'interceptor-fastify': async (tools) => {
    const adapter = new FastifyAdapter()
    return serverOf(await open(tools, { interceptor: CacheInterceptor, adapter }))
  },
}

function open({ path, type, render }, { page = render, interceptor, adapter } = {}) {
  class Cities {
    show() {
      return page()
    }
  }
  const show = Object.getOwnPropertyDescriptor(Cities.prototype, 'show')
  Get(path)(Cities.prototype, 'show', show)
  Header('Content-Type', type)(Cities.prototype, 'show', show)
  Controller()(Cities)
  const imports = []
  if (interceptor !== undefined) {
    UseInterceptors(interceptor)(Cities)
    imports.push(CacheModule.register({ ttl: 3_600_000 }))
  }
  class Site {}
  Module({ controllers: [Cities], imports })(Site)
  return NestFactory.create(Site, ...(adapter ? [adapter] : []), { logger: ['error', 'warn'] })
}

async function serverOf(app) {
  await app.init()
  await app.getHttpAdapter().getInstance().ready?.()
  return app.getHttpServer()
}
