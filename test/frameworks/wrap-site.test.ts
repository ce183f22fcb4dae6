import { getRequestListener } from '@hono/node-server'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { wrapSite } from '../../src/frameworks/node.ts'
import { startServer } from '../support/http.ts'

const caches = () => createCaches({ default: 'memory://' })

describe('wrapSite', () => {
  it.each([undefined, null, 'app', {}, { fetch: true }])(
    'refuses %j, and says what it takes',
    (app) => {
      expect(() => wrapSite(caches(), app as never)).toThrow(
        'it must be a listener of node:http, or an application of Express, Koa, Fastify, Nest or Hono.',
      )
    },
  )

  it('refuses an option that nobody reads', () => {
    expect(() => wrapSite(caches(), () => {}, { tll: 60 } as never)).toThrow('tll')
  })

  it('takes part in what is added to Koa and to Fastify until the first request', async () => {
    const koa = new Koa()
    const instance = fastify()
    const wrapped = [wrapSite(caches(), koa), wrapSite(caches(), instance)]
    koa.use((context) => {
      context.body = 'page'
    })
    instance.get('/', () => 'page')

    for (const listener of wrapped) {
      await using server = await startServer(listener)
      const [first, second] = [await server.ask('/'), await server.ask('/')]
      expect([first.text, second.text]).toEqual(['page', 'page'])
      expect(second.headers['cache-status']).toMatch(/^reprise; hit/)
    }
  })

  it('runs an application of Hono by the function that it is given', async () => {
    let used = 0
    const app = new Hono().get('/', (context) => context.text('page'))
    const listener = wrapSite(caches(), app, {
      getRequestListener: (fetch) => {
        used++
        return getRequestListener(fetch)
      },
    })
    await using server = await startServer(listener)

    expect([(await server.ask('/')).text, used]).toEqual(['page', 1])
  })

  it('runs anything that has a fetch', async () => {
    const app = { fetch: (request: Request) => new Response(new URL(request.url).pathname) }
    await using server = await startServer(wrapSite(caches(), app))

    expect((await server.ask('/a')).text).toBe('/a')
    expect((await server.ask('/a')).headers['cache-status']).toMatch(/^reprise; hit/)
  })
})
