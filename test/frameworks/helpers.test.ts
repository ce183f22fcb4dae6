import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import * as inExpress from '../../src/frameworks/express.ts'
import * as inFastify from '../../src/frameworks/fastify.ts'
import * as inHono from '../../src/frameworks/hono.ts'
import * as inKoa from '../../src/frameworks/koa.ts'
import * as inNest from '../../src/frameworks/nest.ts'
import * as inNode from '../../src/frameworks/node.ts'

const EVERYWHERE = ['cacheSite', 'noPageCache', 'pageTags', 'pageTtl', 'purgePage', 'purgeTags']
const HELPERS = [
  'cacheControl',
  'cachePage',
  'conditionalGet',
  'neverCache',
  'varyOnCookie',
  'varyOnHeaders',
]

describe('the helpers', () => {
  it.each(Object.entries({ inExpress, inFastify, inHono, inKoa, inNode }))(
    'are all there, %s',
    (_, helpers) => {
      expect(Object.keys(helpers)).toEqual(expect.arrayContaining([...EVERYWHERE, ...HELPERS]))
    },
  )

  it('are there in Nest, as decorators', () => {
    const decorators = HELPERS.map((name) => name.charAt(0).toUpperCase() + name.slice(1))

    expect(Object.keys(inNest)).toEqual(expect.arrayContaining([...EVERYWHERE, ...decorators]))
  })
})

describe('prewarm', () => {
  const handler: express.RequestHandler = (_request, response) => void response.send('page')
  const urls = ['https://site.example/']

  it('takes an application of every framework, with its page cache in it', async () => {
    await using caches = createCaches({ default: 'memory://' })
    const options = { origin: 'https://site.example' }
    const apps = {
      express: express().use(inExpress.cacheSite(caches, { ...options, keyPrefix: 'e' }), handler),
      koa: new Koa().use(inKoa.cacheSite(caches, { ...options, keyPrefix: 'k' })).use((context) => {
        context.body = 'page'
      }),
      hono: new Hono()
        .use(inHono.cacheSite(caches, { ...options, keyPrefix: 'h' }))
        .get('/', (context) => context.text('page')),
    }

    for (const app of Object.values(apps)) {
      const [first] = await inNode.prewarm(app, urls)
      const [second] = await inNode.prewarm(app, urls)
      expect([first?.status, first?.error]).toEqual([200, undefined])
      expect(second?.cacheStatus).toBe('reprise; hit; ttl=600')
    }
    const [page] = await inHono.prewarm(apps.hono, urls)
    expect(page?.cacheStatus).toBe('reprise; hit; ttl=600')
  })
})
