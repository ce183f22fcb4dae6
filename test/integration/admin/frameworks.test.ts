import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { serve } from '@hono/node-server'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, it } from 'vitest'
import { type Admin, createAdmin } from '../../../src/admin/admin.ts'
import { createCaches } from '../../../src/caches.ts'

class Other {
  theirs(): string {
    return 'theirs'
  }
}
Controller()(Other)
Get('administration')(Other.prototype, 'theirs', describeMethod(Other.prototype, 'theirs'))
class App {}
Module({ controllers: [Other] })(App)

/** Starts an application with the dashboard below `/admin/cache`, and gives what ends it. */
type Start = (admin: Admin) => Promise<{ port: number; close(): Promise<unknown> }>

const FRAMEWORKS: [string, Start][] = [
  ['Express', (admin) => listen(withOther(express().use('/admin/cache', admin.express())))],
  [
    'Express behind a parser of bodies',
    (admin) =>
      listen(withOther(express().use(express.json()).use('/admin/cache', admin.express()))),
  ],
  [
    'a router of Express',
    (admin) => {
      const inner = express.Router().use('/cache', admin.express())
      return listen(withOther(express().use('/admin', inner)))
    },
  ],
  [
    'Express 4',
    (admin) => {
      const express4 = createRequire(import.meta.url)('express4') as typeof express
      const app = express4().use('/admin/cache', admin.express())
      return listen(withOther(app))
    },
  ],
  [
    'Fastify',
    async (admin) => {
      const app = fastify()
      app.register(admin.fastify(), { prefix: '/admin/cache' })
      app.get('/administration', () => 'theirs')
      return {
        port: portOf(await app.listen({ port: 0, host: '127.0.0.1' })),
        close: () => app.close(),
      }
    },
  ],
  [
    'Fastify below a parameter',
    async (admin) => {
      const app = fastify()
      app.register(admin.fastify(), { prefix: '/:section/cache' })
      app.get('/administration', () => 'theirs')
      return {
        port: portOf(await app.listen({ port: 0, host: '127.0.0.1' })),
        close: () => app.close(),
      }
    },
  ],
  [
    'Koa',
    (admin) => {
      const app = new Koa().use(admin.koa('/admin/cache'))
      app.use((context) => {
        context.body = 'theirs'
      })
      return listen(app.callback())
    },
  ],
  [
    'Hono',
    async (admin) => {
      const app = new Hono().all('/admin/cache/*', admin.hono())
      app.get('/administration', (context) => context.text('theirs'))
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
      return ended(server)
    },
  ],
  [
    'Hono below a parameter',
    async (admin) => {
      const inner = new Hono().all('/:what/*', admin.hono())
      const app = new Hono().route('/admin', inner)
      app.get('/administration', (context) => context.text('theirs'))
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
      return ended(server)
    },
  ],
  [
    'Nest on Express',
    async (admin) => {
      const app = await NestFactory.create(App, new ExpressAdapter(), { logger: false })
      app.use('/admin/cache', admin.nest())
      await app.listen(0, '127.0.0.1')
      return { port: portOf(await app.getUrl()), close: () => app.close() }
    },
  ],
  [
    'Nest on Fastify',
    async (admin) => {
      const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false })
      app.use('/admin/cache', admin.nest())
      await app.listen(0, '127.0.0.1')
      return { port: portOf(await app.getUrl()), close: () => app.close() }
    },
  ],
  [
    'node:http',
    (admin) => {
      const dashboard = admin.node('/admin/cache')
      return listen((request, response) => {
        if (request.url?.startsWith('/admin/cache')) dashboard(request, response)
        else response.end('theirs')
      })
    },
  ],
]

let close: (() => Promise<unknown>) | undefined
afterEach(() => close?.())

describe.each(FRAMEWORKS)('the dashboard in %s', (_, start) => {
  it('answers below its path, leads to its slash, and leaves the rest', async () => {
    const { port } = await open(start)
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })

    const [bare, session, nowhere, theirs] = await Promise.all([
      get('/admin/cache'),
      get('/admin/cache/api/session?x=1'),
      get('/admin/cache/nowhere'),
      get('/administration'),
    ])

    expect([bare.status, bare.headers.get('location')]).toEqual([307, './cache/'])
    expect(await session.json()).toMatchObject({ user: 'this machine', aliases: ['default'] })
    expect(nowhere.status).toBe(404)
    expect(await theirs.text()).toBe('theirs')
  })

  it('takes an action of the page, and none of another', async () => {
    const { port, caches } = await open(start)
    await caches.default.set('k', 'v')
    const post = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/admin/cache/api/actions/delete-key`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-reprise-admin': '1', ...headers },
        body: JSON.stringify({ alias: 'default', key: 'k' }),
      })

    const foreign = await post({ origin: 'http://evil.example' })
    const kept = await caches.default.get('k')
    const own = await post({ origin: `http://127.0.0.1:${port}` })

    expect([foreign.status, kept, own.status]).toEqual([403, 'v', 200])
    expect(await caches.default.get('k')).toBeUndefined()
  })

  it('streams, and ends when the browser has left', async () => {
    const { port } = await open(start)
    const left = new AbortController()
    const response = await fetch(`http://127.0.0.1:${port}/admin/cache/api/live`, {
      signal: left.signal,
    })
    const part = await response.body?.getReader().read()
    left.abort()

    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(Buffer.from(part?.value ?? []).toString()).toMatch(/^event: sample\n/)
  })
})

async function open(start: Start) {
  const caches = createCaches({ default: 'memory://' })
  const admin = createAdmin(caches, { env: {} })
  // A stream begins with an event where there is a sample.
  await admin.fetch(new Request('http://localhost/api/overview'), { remoteAddress: '127.0.0.1' })
  const running = await start(admin)
  close = async () => {
    await admin.close()
    await running.close()
  }
  return { port: running.port, caches }
}

function withOther(app: express.Express): express.Express {
  return app.get('/administration', (_, response) => void response.send('theirs'))
}

function listen(listener: Parameters<typeof createServer>[1]) {
  return ended(createServer(listener as never).listen(0, '127.0.0.1'))
}

async function ended(server: Server) {
  if (!server.listening) await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

function describeMethod(prototype: object, name: string): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(prototype, name) ?? {}
}
