import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { cachePage, cacheSite } from '../../src/frameworks/express.ts'
import { type Listener, wrapSite } from '../../src/frameworks/node.ts'
import { expressSite } from '../support/express-site.ts'

/** An Express application that trusts whoever asks it. */
const trusting = (page: (request: { headers: object; originalUrl: string }) => string) =>
  expressSite((app, caches) => {
    app.set('trust proxy', true)
    app.use(cacheSite(caches))
    app.use((request, response) => {
      response.send(page(request))
    })
  })

describe('behind a proxy that is trusted', () => {
  it('35: a Host that is not the one in the address changes the page for nobody else', async () => {
    await using server = await trusting(({ headers }) => JSON.stringify(headers))
    const forwarded = { 'X-Forwarded-Host': 'shop.example' }

    const poison = await server.ask('/', { headers: { Host: 'evil.example', ...forwarded } })
    const reply = await server.ask('/', { headers: { Host: 'shop.example', ...forwarded } })

    expect(poison.text).toContain('evil.example')
    expect(reply.text).not.toContain('evil.example')
  })

  it('a scheme that is none cannot make the address of another page', async () => {
    await using server = await trusting(({ originalUrl }) => `at ${originalUrl}`)
    const proto = 'https://shop.example/go?to=https'

    const poison = { Host: 'partner.example', 'X-Forwarded-Proto': proto }
    await server.ask('/path', { headers: poison })
    const reply = await server.ask('/go?to=https://partner.example/path', {
      headers: { Host: 'shop.example', 'X-Forwarded-Proto': 'https' },
    })

    expect(reply.text).toBe('at /go?to=https://partner.example/path')
  })
})

describe('a site that ignores cookies around a page that does not', () => {
  it('4: does not answer a visitor with a cookie from the page for those without', async () => {
    const caches = createCaches({ default: 'memory://' })
    // Another process, which has not yet seen that the page takes over.
    const start = () =>
      expressSite((app) => {
        app.use(cacheSite(caches, { cookies: 'ignore', ...fixed }))
        app.get('/', cachePage(caches, fixed), (request, response) => {
          response.send(`for ${request.headers.cookie ?? 'nobody'}`)
        })
      })
    const fixed = { origin: 'https://atlas.example' }
    await using one = await start()
    await using other = await start()

    const first = await one.ask('/')
    const second = await other.ask('/', { headers: { Cookie: 'user=1' } })

    expect([first.text, second.text]).toEqual(['for nobody', 'for user=1'])
  })
})

describe('HTTP/2', () => {
  async function startHttp2(listener: Listener) {
    const wrapped = wrapSite(createCaches({ default: 'memory://' }), listener)
    const server = createServer((request, response) => {
      void wrapped(request as never, response as never)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const session = connect(`http://127.0.0.1:${port}`)
    return {
      async ask(headers: Record<string, string>, body?: string) {
        const stream = session.request(
          { ':path': '/', ...headers },
          { endStream: body === undefined },
        )
        if (body !== undefined) stream.end(body)
        let text = ''
        for await (const chunk of stream) text += chunk
        return text
      },
      [Symbol.dispose]() {
        session.destroy()
        server.close()
      },
    }
  }

  it('stores nothing of a GET with a body, which no header tells of', async () => {
    using site = await startHttp2((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => response.end(`body ${body}`))
    })

    expect(await site.ask({}, 'evil')).toBe('body evil')
    expect(await site.ask({})).toBe('body ')
  })

  it.each([':authority', 'host'])(
    '35: takes no other site for its own, whose %s it names',
    async (name) => {
      using site = await startHttp2((request, response) =>
        response.end(`at ${request.headers[':authority']} ${request.headers.host}`),
      )
      const named = { ':authority': 'shop', host: 'shop' }

      expect(await site.ask({ ...named, [name]: 'evil' })).toContain('evil')
      expect(await site.ask(named)).toBe('at shop shop')
    },
  )
})
