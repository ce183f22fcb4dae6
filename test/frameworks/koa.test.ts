import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { cachePage, cacheSite } from '../../src/frameworks/koa.ts'
import { startServer } from '../support/http.ts'

/** An application of Koa with a cache in memory, on a loopback port. */
function startKoa(build: (app: Koa, caches: Caches) => void) {
  const app = new Koa()
  build(app, createCaches({ default: 'memory://' }))
  return startServer(app.callback())
}

const counted = (): Koa.Middleware => {
  let count = 0
  return (context) => {
    context.body = `page ${++count}`
  }
}

describe('cacheSite', () => {
  it('lets what is further out change a hit as it changes a page', async () => {
    let requests = 0
    await using server = await startKoa((app, caches) => {
      app.use(async (context, next) => {
        await next()
        context.set('X-Request', String(++requests))
        if (context.method === 'GET') context.body = `<${context.body}>`
      })
      app.use(cacheSite(caches))
      app.use(async (context, next) => {
        context.set('Content-Type', 'text/x-page')
        await next()
      })
      app.use(counted())
    })

    const first = await server.ask('/')
    const second = await server.ask('/')

    expect([first.text, first.headers['x-request']]).toEqual(['<page 1>', '1'])
    expect(second.text).toContain('page 1')
    expect(second.headers).toMatchObject({ 'x-request': '2', 'content-type': 'text/x-page' })
  })

  it('1: stores no page to which somebody further out adds a cookie after next()', async () => {
    let requests = 0
    await using server = await startKoa((app, caches) => {
      app.use(async (context, next) => {
        await next()
        context.cookies.set('session', String(++requests))
      })
      app.use(cacheSite(caches))
      app.use(counted())
    })

    await server.ask('/')
    const second = await server.ask('/')

    expect(second.text).toBe('page 2')
    expect(second.headers['set-cookie']?.[0]).toMatch(/^session=2/)
  })

  it('lets somebody further out set a cookie on a hit', async () => {
    let requests = 0
    await using server = await startKoa((app, caches) => {
      app.use(async (context, next) => {
        await next()
        if (++requests > 1) context.cookies.set('session', String(requests))
      })
      app.use(cacheSite(caches))
      app.use(counted())
    })

    await server.ask('/')
    const second = await server.ask('/')

    expect([second.text, second.headers['set-cookie']?.[0]]).toEqual([
      'page 1',
      'session=2; path=/; httponly',
    ])
  })

  it('notices reads by accepts, also where it was asked for before', async () => {
    await using server = await startKoa((app, caches) => {
      app.use((context, next) => {
        context.accepts('html')
        return next()
      })
      app.use(cacheSite(caches))
      app.use((context) => {
        context.body = context.accepts('html', 'json') || 'none'
      })
    })

    expect((await server.ask('/')).text).toBe('html')
    const json = { headers: { Accept: 'application/json' } }
    expect((await server.ask('/', json)).text).toBe('json')
  })

  it('35: is poisoned by no Host beside the forwarded one that Koa believes', async () => {
    await using server = await startKoa((app, caches) => {
      app.proxy = true
      app.use(cacheSite(caches))
      app.use((context) => {
        context.body = `at ${context.host} ${context.headers.host}`
      })
    })
    const forwarded = { 'X-Forwarded-Host': 'shop.example' }

    const poison = await server.ask('/', { headers: { Host: 'evil.example', ...forwarded } })
    const reply = await server.ask('/', { headers: { Host: 'shop.example', ...forwarded } })

    expect(poison.text).toBe('at shop.example evil.example')
    expect(reply.text).toBe('at shop.example shop.example')
  })

  it('has one page for those who come through a proxy that keeps the Host, and for others', async () => {
    await using server = await startKoa((app, caches) => {
      app.proxy = true
      app.use(cacheSite(caches)).use(counted())
    })
    const Host = 'shop.example'

    await server.ask('/', { headers: { Host, 'X-Forwarded-Host': Host } })

    expect((await server.ask('/', { headers: { Host } })).text).toBe('page 1')
  })

  it('sends a page without a type as it is, on hits past Koa and on others', async () => {
    const page: Koa.Middleware = (context) => {
      context.body = Buffer.from('page')
      context.remove('Content-Type')
    }
    await using first = await startKoa((app, caches) => void app.use(cacheSite(caches)).use(page))
    await using behind = await startKoa((app, caches) => {
      app.use((_context, next) => next())
      app.use(cacheSite(caches)).use(page)
    })

    for (const server of [first, behind]) {
      await server.ask('/')
      const { headers, text } = await server.ask('/')
      expect([text, headers['content-type'], headers['content-length']]).toEqual([
        'page',
        undefined,
        '4',
      ])
      expect((await server.ask('/', { method: 'HEAD' })).headers['content-length']).toBe('4')
    }
  })
})

describe('cachePage', () => {
  it('gives a page of a cached site its own lifetime', async () => {
    await using server = await startKoa((app, caches) => {
      app.use(cacheSite(caches, { ttl: 60 }))
      app.use(cachePage(caches, { ttl: 900 }))
      app.use(counted())
    })

    await server.ask('/')
    const hit = await server.ask('/')

    expect([hit.text, hit.headers['cache-status']]).toEqual(['page 1', 'reprise; hit; ttl=900'])
  })

  it('takes a page over whose key is another', async () => {
    await using server = await startKoa((app, caches) => {
      app.use(cacheSite(caches))
      app.use(cachePage(caches, { vary: (context) => context.get('X-Role') }))
      app.use((context) => {
        context.body = `for ${context.get('X-Role')}`
      })
    })
    const ask = async (role: string) =>
      (await server.ask('/', { headers: { 'X-Role': role } })).text

    expect([await ask('a'), await ask('b'), await ask('a')]).toEqual(['for a', 'for b', 'for a'])
  })
})
