import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import { describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { cachePage, cacheSite } from '../../src/frameworks/hono.ts'
import type { Listener } from '../../src/frameworks/node.ts'
import { startServer } from '../support/http.ts'

/** An application of Hono with a cache in memory: no server, a `Request` in and a `Response` out. */
function honoApp(build: (app: Hono, caches: Caches) => void): Hono {
  const app = new Hono()
  build(app, createCaches({ default: 'memory://' }))
  return app
}

const counted = () => {
  let count = 0
  return (context: Context) => context.text(`page ${++count}`)
}

/** The texts and the `Cache-Status` of two answers to one request. */
async function askTwice(app: Hono, init: RequestInit = {}, path = '/') {
  const first = await (await app.request(path, init)).text()
  const second = await app.request(path, init)
  return { first, second, text: await second.text() }
}

describe('cacheSite without a server', () => {
  it('answers hits, HEAD and conditions', async () => {
    const app = honoApp((site, caches) => site.use(cacheSite(caches)).get('/', counted()))

    const { first, second, text } = await askTwice(app)
    const tag = second.headers.get('etag') ?? ''
    const known = await app.request('/', { headers: { 'If-None-Match': tag } })
    const head = await app.request('/', { method: 'HEAD' })

    expect([first, text]).toEqual(['page 1', 'page 1'])
    expect(second.headers.get('cache-status')).toBe('reprise; hit; ttl=600')
    expect([known.status, await known.text()]).toEqual([304, ''])
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([
      200,
      '',
      '6',
    ])
  })

  it('changes the fields of a page, whatever the handler set', async () => {
    const app = honoApp((site, caches) =>
      site
        .use(cacheSite(caches))
        .get('/', (context) => context.text('page', 200, { 'Cache-Control': 'public' })),
    )

    const { headers } = await app.request('/')

    expect(headers.get('cache-control')).toBe('public, max-age=600')
  })

  it('notices reads of headers, also of a request that the platform will not let be changed', async () => {
    const app = honoApp((site, caches) =>
      site.use(cacheSite(caches)).get('/', (context) => {
        return context.text(`in ${context.req.raw.headers.get('Accept-Language')}`)
      }),
    )

    const german = await app.request('/', { headers: { 'Accept-Language': 'de' } })
    const none = await app.request('/')

    expect([await german.text(), await none.text()]).toEqual(['in de', 'in null'])
  })

  it('sends what was set further out with each hit anew, and does not store it', async () => {
    let requests = 0
    const app = honoApp((site, caches) => {
      site.use(async (context, next) => {
        context.header('X-Request', String(++requests))
        await next()
        context.header('X-After', String(requests))
      })
      site.use(cacheSite(caches)).get('/', counted())
    })

    const { second, text } = await askTwice(app)

    expect([text, second.headers.get('x-request'), second.headers.get('x-after')]).toEqual([
      'page 1',
      '2',
      '2',
    ])
  })

  it('69: works with a compressor further in and further out', async () => {
    const page = (context: Context) => context.text('page '.repeat(1000))
    const inside = honoApp((site, caches) => site.use(cacheSite(caches), compress()).get('/', page))
    const outside = honoApp((site, caches) =>
      site.use(compress(), cacheSite(caches)).get('/', page),
    )

    for (const app of [inside, outside]) {
      const headers = { 'Accept-Encoding': 'gzip' }
      await (await app.request('/', { headers })).arrayBuffer()
      const hit = await app.request('/', { headers })
      const bytes = Buffer.from(await hit.arrayBuffer())
      const plain = await app.request('/')

      expect(hit.headers.get('content-encoding')).toBe('gzip')
      expect([...bytes.subarray(0, 2)]).toEqual([0x1f, 0x8b])
      expect(await plain.text()).toBe('page '.repeat(1000))
    }
  })

  it("leaves tags to Hono's own middleware where it is further in", async () => {
    const app = honoApp((site, caches) => site.use(cacheSite(caches), etag()).get('/', counted()))

    const first = await app.request('/')
    const tag = first.headers.get('etag') ?? ''
    await first.text()
    const known = await app.request('/', { headers: { 'If-None-Match': tag } })

    expect(tag).not.toBe('')
    expect(known.status).toBe(304)
  })

  it('stores nothing where the handler throws', async () => {
    let isBroken = true
    const app = honoApp((site, caches) => {
      site.onError((_error, context) => context.text('broken', 500))
      site.use(cacheSite(caches)).get('/', (context) => {
        if (isBroken) throw new Error('broken')
        return context.text('page')
      })
    })

    const broken = await app.request('/')
    isBroken = false
    const { first } = await askTwice(app)

    expect([broken.status, first]).toEqual([500, 'page'])
  })
})

describe('cachePage', () => {
  it('gives a page of a cached site its own lifetime', async () => {
    const app = honoApp((site, caches) =>
      site.use(cacheSite(caches, { ttl: 60 })).get('/', cachePage(caches, { ttl: 900 }), counted()),
    )

    const { second, text } = await askTwice(app)

    expect([text, second.headers.get('cache-status')]).toEqual(['page 1', 'reprise; hit; ttl=900'])
  })

  it('takes a page over whose key is another', async () => {
    const vary = (context: Context) => context.req.query('role')
    const app = honoApp((site, caches) =>
      site.use(cacheSite(caches)).get('/', cachePage(caches, { vary }), counted()),
    )

    const { second, text } = await askTwice(app)

    expect([text, second.headers.get('cache-status')]).toEqual(['page 1', 'reprise; hit; ttl=600'])
  })
})

it.each([{}, { 'If-None-Match': '*' }])(
  'stores no page that is given a cookie further out, also without a server (%j)',
  async (headers) => {
    const app = honoApp((site, caches) => {
      site.use(async (context, next) => {
        await next()
        context.header('Set-Cookie', 'id=1')
      })
      site.use(cacheSite(caches)).get('/', counted())
    })

    await (await app.request('/', { headers })).text()

    expect((await askTwice(app)).text).toBe('page 3')
  },
)

it('notices reads of what Node gave to Hono', async () => {
  const app = honoApp((site, caches) =>
    site.use(cacheSite(caches)).get('/', (context) => {
      const { headers } = (context.env as HttpBindings).incoming
      return context.text(`for ${headers['accept-language']}`)
    }),
  )
  await using server = await startServer(getRequestListener(app.fetch) as Listener)

  const german = await server.ask('/', { headers: { 'Accept-Language': 'de' } })
  const none = await server.ask('/')

  expect([german.text, none.text]).toEqual(['for de', 'for undefined'])
})

it('works where @hono/node-server leaves the global objects alone', async () => {
  const app = honoApp((site, caches) => site.use(cacheSite(caches)).get('/', counted()))
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  await using server = await startServer(listener as Listener)

  const first = await server.ask('/', { headers: { 'If-None-Match': '"other"' } })
  const second = await server.ask('/')

  expect([first.text, second.text]).toEqual(['page 1', 'page 1'])
})
