import express from 'express'
import { describe, expect, it } from 'vitest'
import type { Caches } from '../../src/caches.ts'
import { cachePage, cacheSite, purgePage } from '../../src/frameworks/express.ts'
import { askTwice, counted, expressSite } from '../support/express-site.ts'

describe('cachePage inside of cacheSite', () => {
  it("lets the page's lifetime win, stores once and says everything once", async () => {
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches, { ttl: 60 }))
      app.get('/', cachePage(caches, { ttl: 900 }), counted())
      app.get('/site', counted())
    })

    const [first, second] = await askTwice(server)
    const [onlySite] = await askTwice(server, '/site')

    expect(first.rawHeaders.filter((name) => /^cache-(control|status)$/i.test(name)).length).toBe(2)
    expect(first.headers['cache-control']).toBe('max-age=900')
    expect(second.headers['cache-status']).toBe('reprise; hit; ttl=900')
    expect(onlySite.headers['cache-control']).toBe('max-age=60')
  })

  it('stores nothing for a page with a lifetime of 0', async () => {
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches))
      app.get('/', cachePage(caches, { ttl: 0 }), counted())
    })

    const [first, second] = await askTwice(server)

    expect([first.headers['cache-control'], second.text]).toEqual(['max-age=0', 'page 2'])
  })

  it('takes over a page that it keeps under another key', async () => {
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches))
      app.get('/', cachePage(caches, { cookies: ['theme'] }), counted())
      app.get('/other', cachePage(caches, { alias: 'other' }), counted())
      app.get('/vary', cachePage(caches, { vary: (request) => request.get('x-a') }), counted())
    })

    for (const path of ['/', '/other', '/vary']) {
      const [first, second] = await askTwice(server, path)
      expect([first.text, second.text]).toEqual(['page 1', 'page 1'])
      expect(second.headers['cache-status']).toBe('reprise; hit; ttl=600')
    }
    const dark = await server.ask('/', { headers: { Cookie: 'theme=dark' } })
    const varied = await server.ask('/vary', { headers: { 'X-A': '1' } })
    expect([dark.text, varied.text]).toEqual(['page 2', 'page 2'])
  })

  it('takes over what the site goes past', async () => {
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches))
      app.get('/', cachePage(caches, { cookies: 'ignore' }), counted())
    })

    const [first, second] = await askTwice(server, '/', { Cookie: 'a=b' })

    expect([first.text, second.text]).toEqual(['page 1', 'page 1'])
    expect(first.headers['cache-status']).toBe('reprise; fwd=uri-miss; stored')
  })
})

describe('the address of a page in Express', () => {
  it('is the one that was asked for, also in a router', async () => {
    await using server = await expressSite((app, caches) => {
      const router = express.Router()
      router.get('/x', cachePage(caches), (request, response) => {
        response.send(request.originalUrl)
      })
      app.use('/a', router)
      app.use('/b', router)
    })

    expect((await server.ask('/a/x')).text).toBe('/a/x')
    expect((await server.ask('/b/x')).text).toBe('/b/x')
  })

  it('is what a trusted proxy says, and is purged by that', async () => {
    let caches: Caches | undefined
    await using server = await expressSite((app, all) => {
      caches = all
      app.set('trust proxy', 'loopback')
      app.use(cacheSite(all))
      app.get('/', (request, response) => {
        response.send(`${request.protocol}://${request.host}`)
      })
    })
    const headers = { 'X-Forwarded-Host': 'shop.example', 'X-Forwarded-Proto': 'https' }

    const [first, second] = await askTwice(server, '/', headers)
    const plain = await server.ask('/', { headers: { Host: 'shop.example' } })
    const purged = caches && (await purgePage(caches, 'https://shop.example/'))
    const third = await server.ask('/', { headers })

    expect([first.text, second.text]).toEqual(['https://shop.example', 'https://shop.example'])
    expect(plain.text).toBe('http://shop.example')
    expect([purged, third.headers['cache-status']]).toEqual([true, 'reprise; fwd=uri-miss; stored'])
  })

  it('does not depend on the host where the origin is fixed', async () => {
    const handler = counted()
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches, { origin: 'https://atlas.example' }), handler)
    })

    await server.ask('/', { headers: { Host: 'a' } })
    await server.ask('/', { headers: { Host: 'b', 'X-Forwarded-Host': 'c' } })

    expect(handler.count).toBe(1)
  })
})
