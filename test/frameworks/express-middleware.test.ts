import type { ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import compression from 'compression'
import type express from 'express'
import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { cacheSite } from '../../src/frameworks/express.ts'
import { askTwice, counted, expressSite } from '../support/express-site.ts'

/** As express-session does it: the cookie comes at the last moment, when the head is being sent. */
const lateHeader =
  (name: string, value: string): RequestHandler =>
  (_request, response, next) => {
    const writeHead = response.writeHead as (...args: unknown[]) => ServerResponse
    const hooked = (...args: unknown[]): ServerResponse => {
      response.setHeader(name, value)
      return writeHead.apply(response, args)
    }
    Object.assign(response, { writeHead: hooked })
    next()
  }

describe('other middleware', () => {
  it('28: further in, is part of the page: a compressed page is stored as one', async () => {
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches), compression({ threshold: 0 }))
      app.get('/', (_request, response) => {
        response.send('text '.repeat(500))
      })
    })

    const [, packed] = await askTwice(server, '/', { 'Accept-Encoding': 'gzip' })
    const [, plain] = await askTwice(server, '/', { 'Accept-Encoding': 'identity' })

    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(packed.body).toString()).toBe('text '.repeat(500))
    expect(packed.headers['content-length']).toBe(String(packed.body.length))
    expect(packed.headers['cache-status']).toBe('reprise; hit; ttl=600')
    expect([plain.headers['content-encoding'], plain.text]).toEqual([
      undefined,
      'text '.repeat(500),
    ])
    expect(plain.headers['cache-status']).toBe('reprise; hit; ttl=600')
  })

  it('69: further out, compresses what comes from the cache', async () => {
    await using server = await expressSite((app, caches) => {
      app.use(compression({ threshold: 0 }), cacheSite(caches))
      app.get('/', (_request, response) => {
        response.send('text '.repeat(500))
      })
    })

    const [first, packed] = await askTwice(server, '/', { 'Accept-Encoding': 'gzip' })
    const plain = await server.ask('/', { headers: { 'Accept-Encoding': 'identity' } })

    expect(gunzipSync(first.body).toString()).toBe('text '.repeat(500))
    expect(gunzipSync(packed.body).toString()).toBe('text '.repeat(500))
    expect(packed.headers['cache-status']).toBe('reprise; hit; ttl=600')
    expect([plain.text, plain.headers['cache-status']]).toEqual([
      'text '.repeat(500),
      'reprise; hit; ttl=600',
    ])
  })

  it('streams through a compressor, and stores what came out', async () => {
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches), compression({ threshold: 0 }))
      app.get('/', (_request, response) => {
        response.type('text')
        response.write('a'.repeat(1000))
        response.end('b'.repeat(1000))
      })
    })

    const [, packed] = await askTwice(server, '/', { 'Accept-Encoding': 'gzip' })

    expect(gunzipSync(packed.body).toString()).toBe('a'.repeat(1000) + 'b'.repeat(1000))
    expect(packed.headers.age).toBe('0')
  })

  it.each([
    ['further in', true],
    ['further out', false],
  ])(
    '1: %s, may set a cookie at the last moment: the page is not stored',
    async (_where, isInside) => {
      await using server = await expressSite((app, caches) => {
        const late = lateHeader('Set-Cookie', 'id=1')
        app.use(...(isInside ? [cacheSite(caches), late] : [late, cacheSite(caches)]))
        app.get('/', counted())
      })

      const [, second] = await askTwice(server)

      expect([second.text, second.headers['set-cookie']]).toEqual(['page 2', ['id=1']])
    },
  )

  it.each(['Cookie', '*'])('further out, may vary on %s at the last moment', async (vary) => {
    await using server = await expressSite((app, caches) => {
      app.use(lateHeader('Vary', vary), cacheSite(caches, { cookies: 'ignore' }))
      app.get('/', counted())
    })

    const [, second] = await askTwice(server)

    expect(second.text).toBe('page 2')
  })

  it('33: sets headers of its own also on a hit, but for those of the page', async () => {
    let nonce = 0
    await using server = await expressSite((app, caches) => {
      app.use((_request, response, next) => {
        nonce++
        response.setHeader('X-Request-Id', String(nonce))
        next()
      })
      app.use(cacheSite(caches))
      app.use((_request, response, next) => {
        response.setHeader('Content-Security-Policy', `report-uri /${nonce}`)
        next()
      })
      app.get('/', counted())
    })

    const [, second] = await askTwice(server)

    expect(second.headers['content-security-policy']).toBe('report-uri /1')
    expect(second.headers['x-powered-by']).toBe('Express')
  })

  it('what was set further out is not part of the page, as long as nobody changed it', async () => {
    let count = 0
    await using server = await expressSite((app, caches) => {
      app.use((_request, response, next) => {
        count++
        response.set({ 'X-Request-Id': `${count}`, 'X-Kept': `outer ${count}` })
        response.append('X-Lines', [`${count}`, 'b']).set('ETag', `"${count}"`)
        next()
      })
      app.use(cacheSite(caches))
      app.use((_request, response) => {
        response.set('X-Kept', `inner ${count}`).append('X-Lines', 'c').send('page')
      })
    })

    const [, second] = await askTwice(server)

    expect(second.headers).toMatchObject({
      'cache-status': 'reprise; hit; ttl=600',
      'x-request-id': '2',
      'x-kept': 'inner 1',
      'x-lines': '1, b, c',
      etag: '"1"',
    })
  })

  it('70: may have answered already', async () => {
    await using server = await expressSite((app, caches) => {
      app.use((_request, response, next) => {
        response.end('early')
        next()
      })
      app.use(cacheSite(caches))
      app.use((_request, response) => {
        response.end('late')
      })
    })

    const replies = await askTwice(server)

    expect(replies.map(({ text }) => text)).toEqual(['early', 'early'])
  })

  it("50: Express's own conditional answers do not keep a page from being stored", async () => {
    const handler = counted()
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches), handler)
    })
    const [first] = await askTwice(server, '/tag')
    const tag = String(first.headers.etag)

    const cold = await server.ask('/', { headers: { 'If-None-Match': '*' } })
    const warm = await server.ask('/tag', { headers: { 'If-None-Match': tag } })
    await server.ask('/')

    expect(tag).toMatch(/^W\//)
    expect([cold.status, warm.status, handler.count]).toEqual([304, 304, 2])
  })

  it('errors reach the error handler of the application', async () => {
    await using server = await expressSite((app, caches) => {
      app.use(cacheSite(caches))
      app.get('/', () => {
        throw new Error('The handler failed.')
      })
      const onError: express.ErrorRequestHandler = (error, _request, response, _next) => {
        response.status(503).send(String(error))
      }
      app.use(onError)
    })

    const [first] = await askTwice(server)

    expect([first.status, first.text]).toEqual([503, 'Error: The handler failed.'])
  })
})
