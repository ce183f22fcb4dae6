import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import {
  cacheControl,
  cachePage,
  cacheSite,
  neverCache,
  varyOnCookie,
  varyOnHeaders,
} from '../../src/frameworks/express.ts'
import { askTwice, counted, expressSite } from '../support/express-site.ts'

describe('header helpers', () => {
  const headersOf = async (helper: RequestHandler, set: Record<string, string> = {}) => {
    await using server = await expressSite((app) => {
      app.get('/', helper, (_request, response) => {
        response.set(set).send('page')
      })
    })
    return (await server.ask('/')).headers
  }

  it('207: neverCache says it in every way', async () => {
    const headers = await headersOf(neverCache())

    expect(headers['cache-control']).toBe('max-age=0, no-cache, no-store, must-revalidate, private')
    expect(headers.expires).toMatch(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/)
  })

  it('209: neverCache keeps an Expires that the view set', async () => {
    const headers = await headersOf(neverCache(), {
      Expires: 'tomorrow',
      'Cache-Control': 'public',
    })

    expect(headers.expires).toBe('tomorrow')
    expect(headers['cache-control']).toBe('max-age=0, no-cache, no-store, must-revalidate, private')
  })

  it('201: cacheControl without directives sends an empty header', async () => {
    expect((await headersOf(cacheControl({})))['cache-control']).toBe('')
  })

  it('203: cacheControl sends all that it is given', async () => {
    const helper = cacheControl({ maxAge: 123, private: true, public: true, custom: 456 })

    expect((await headersOf(helper))['cache-control']).toBe(
      'max-age=123, private, public, custom=456',
    )
  })

  it('216: varyOnHeaders adds its names to those of the handler', async () => {
    const helper = varyOnHeaders('Header', 'Another-header')

    expect((await headersOf(helper)).vary).toBe('Header, Another-header')
    expect((await headersOf(helper, { Vary: 'header, X' })).vary).toBe('header, X, Another-header')
  })

  it('220: varyOnCookie adds Cookie', async () => {
    expect((await headersOf(varyOnCookie())).vary).toBe('Cookie')
  })

  it('decide what a page cache around them does, in the order they are mounted', async () => {
    const handler = counted()
    await using server = await expressSite((app, caches) => {
      app.get('/never', cacheSite(caches), neverCache(), handler)
      app.get('/short', cacheSite(caches), cacheControl({ maxAge: 30 }), handler)
      app.get('/vary', cacheSite(caches), varyOnHeaders('X-A'), handler)
      app.get('/outside', neverCache(), cacheSite(caches), handler)
    })

    expect((await askTwice(server, '/never'))[1].text).toBe('page 2')
    expect((await askTwice(server, '/short'))[1].headers['cache-status']).toBe(
      'reprise; hit; ttl=30',
    )
    const [one] = await askTwice(server, '/vary', { 'X-A': '1' })
    const [other] = await askTwice(server, '/vary', { 'X-A': '2' })
    expect([one.text, other.text]).toEqual(['page 4', 'page 5'])
    expect((await askTwice(server, '/outside'))[1].text).toBe('page 7')
  })
})

describe('options', () => {
  it('are checked when they are mounted', () => {
    const caches: Caches = createCaches({ default: 'memory://' })

    expect(() => cacheSite(caches, { alias: 'pages' })).toThrow(/pages/)
    expect(() => cachePage(caches, { ttl: 'soon' as never })).toThrow('`ttl` is "soon"')
    expect(() => cachePage(caches, { staleWhileRevalidate: -1 })).toThrow('staleWhileRevalidate')
  })

  it('make a page depend on what a function of the request says', async () => {
    const vary = (request: IncomingMessage) => [request.headers['x-language']?.toString(), 'UTC']
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches, { vary }))
      app.get('/', (request, response) => {
        response.send(String(request.headers['x-language']))
      })
    })

    for (const language of ['de', 'fr', 'de']) {
      const { text } = await server.ask('/', { headers: { 'X-Language': language } })
      expect(text).toBe(language)
    }
  })
})
