import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { cachePage, cacheSite, varyOnHeaders } from '../../src/frameworks/fastify.ts'
import { listenerOf } from '../../src/frameworks/site-app.ts'
import { startServer } from '../support/http.ts'

/** An instance of Fastify with a cache in memory, on a loopback port. */
function startFastify(
  build: (app: FastifyInstance, caches: Caches) => void,
  options: FastifyServerOptions = {},
) {
  const app = fastify(options)
  build(app, createCaches({ default: 'memory://' }))
  return startServer(listenerOf(app))
}

const counted = () => {
  let count = 0
  return () => `page ${++count}`
}

describe('cacheSite', () => {
  it('is for the instance that registers it and those below', async () => {
    await using server = await startFastify((app, caches) => {
      app.get('/outside', counted())
      app.register((inner, _options, done) => {
        inner.register(cacheSite(caches))
        inner.get('/inside', counted())
        inner.register((innermost, _innerOptions, innerDone) => {
          innermost.get('/below', counted())
          innerDone()
        })
        done()
      })
    })
    const twice = async (path: string) => {
      await server.ask(path)
      return (await server.ask(path)).text
    }

    expect([await twice('/outside'), await twice('/inside'), await twice('/below')]).toEqual([
      'page 2',
      'page 1',
      'page 1',
    ])
  })

  it('sends headers of earlier hooks with each hit anew, and does not store them', async () => {
    let requests = 0
    await using server = await startFastify((app, caches) => {
      app.addHook('onRequest', (_request, reply, done) => {
        reply.header('X-Request', String(++requests))
        reply.header('Access-Control-Allow-Credentials', 'true')
        done()
      })
      app.register(cacheSite(caches))
      app.get('/', counted())
    })

    await server.ask('/')
    const hit = await server.ask('/')

    expect([hit.text, hit.headers['x-request']]).toEqual(['page 1', '2'])
    expect(hit.headers['access-control-allow-credentials']).toBe('true')
  })

  it('runs onResponse for a hit, and nothing between, and warns of nothing', async () => {
    const ran: string[] = []
    const lines: string[] = []
    const logger = { level: 'warn', stream: { write: (line: string) => lines.push(line) } }
    await using server = await startFastify(
      (app, caches) => {
        app.register(cacheSite(caches))
        app.addHook('preHandler', async () => void ran.push('preHandler'))
        app.addHook('onSend', async () => void ran.push('onSend'))
        app.addHook('onResponse', async () => void ran.push('onResponse'))
        app.get('/', counted())
      },
      { logger },
    )

    await server.ask('/')
    await server.ask('/')

    await expect.poll(() => ran).toEqual(['preHandler', 'onSend', 'onResponse', 'onResponse'])
    expect(lines).toEqual([])
  })

  it('notices reads of headers that a hook has put together', async () => {
    await using server = await startFastify((app, caches) => {
      app.register(cacheSite(caches))
      app.addHook('preHandler', async (request) => {
        request.headers = { 'x-added': 'here' }
      })
      app.get('/', ({ headers }) => `${headers['x-added']} ${headers['accept-language']}`)
    })

    const first = await server.ask('/', { headers: { 'Accept-Language': 'de' } })
    const second = await server.ask('/', { headers: { 'Accept-Language': 'en' } })

    expect([first.text, second.text]).toEqual(['here de', 'here en'])
  })

  it('notices them where the hook came first', async () => {
    await using server = await startFastify((app, caches) => {
      app.addHook('onRequest', async (request) => {
        request.headers = { 'x-added': 'here' }
      })
      app.register(cacheSite(caches))
      app.get('/', ({ headers }) => `${headers['x-added']} ${headers['accept-language']}`)
    })

    const first = await server.ask('/', { headers: { 'Accept-Language': 'de' } })
    const second = await server.ask('/', { headers: { 'Accept-Language': 'en' } })

    expect([first.text, second.text]).toEqual(['here de', 'here en'])
  })

  it('leaves bodies of requests to their parsers', async () => {
    await using server = await startFastify((app, caches) => {
      app.register(cacheSite(caches))
      app.post('/', (request) => request.body)
    })

    const headers = { 'Content-Type': 'application/json', 'Content-Length': '7' }
    const reply = await server.ask('/', { method: 'POST', headers, body: '{"a":1}' })

    expect(reply.text).toBe('{"a":1}')
  })

  it('35: is poisoned by no forwarded host, also where Fastify trusts the proxy', async () => {
    await using server = await startFastify(
      (app, caches) => {
        app.register(cacheSite(caches))
        app.get('/', (request) => `at ${request.host} ${request.headers.host}`)
      },
      { trustProxy: true },
    )
    const forwarded = { 'X-Forwarded-Host': 'shop.example' }

    const poison = await server.ask('/', { headers: { Host: 'evil.example', ...forwarded } })
    const reply = await server.ask('/', { headers: { Host: 'shop.example', ...forwarded } })

    expect(poison.text).toBe('at shop.example evil.example')
    expect(reply.text).toBe('at shop.example shop.example')
  })
})

describe('cachePage', () => {
  it('gives a page of a cached site its own lifetime', async () => {
    await using server = await startFastify((app, caches) => {
      app.register(cacheSite(caches, { ttl: 60 }))
      app.get('/', { onRequest: cachePage(caches, { ttl: 900 }) }, counted())
    })

    await server.ask('/')
    const hit = await server.ask('/')

    expect([hit.text, hit.headers['cache-control']]).toEqual(['page 1', 'max-age=900'])
    expect(hit.headers['cache-status']).toBe('reprise; hit; ttl=900')
  })

  it('takes a page over whose key is another, and knows its typed route', async () => {
    await using server = await startFastify((app, caches) => {
      app.register(cacheSite(caches))
      const vary = (request: { query: unknown }) => String(Object(request.query).role)
      app.get<{ Params: { id: string } }>(
        '/:id',
        { onRequest: [cachePage(caches, { vary }), varyOnHeaders('X-A')] },
        (request) => `page ${request.params.id}`,
      )
    })

    await server.ask('/7?role=a')
    const hit = await server.ask('/7?role=a')

    expect([hit.text, hit.headers.vary]).toEqual(['page 7', 'X-A, Cookie'])
    expect(hit.headers['cache-status']).toMatch(/^reprise; hit/)
  })
})
