import { once } from 'node:events'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import {
  cacheControl,
  cachePage,
  cacheSite,
  type Listener,
  neverCache,
  purgePage,
  varyOnCookie,
  varyOnHeaders,
  wrapSite,
} from '../../src/frameworks/node.ts'
import { startServer } from '../support/http.ts'

const memory = (): Caches => createCaches({ default: 'memory://' })

function counted(): Listener {
  let count = 0
  return (_request, response) => response.end(`page ${++count}`)
}

describe('helpers around a listener', () => {
  it('nest, and the innermost has its say first', async () => {
    const caches = memory()
    const page = cachePage(caches, { ttl: 900 })(varyOnHeaders('X-A')(counted()))
    await using server = await startServer(wrapSite(caches, page, { ttl: 60 }))

    const first = await server.ask('/', { headers: { 'X-A': '1' } })
    const same = await server.ask('/', { headers: { 'X-A': '1' } })
    const other = await server.ask('/', { headers: { 'X-A': '2' } })

    expect(first.headers['cache-control']).toBe('max-age=900')
    expect(first.headers.vary).toBe('X-A, Cookie')
    expect([same.text, other.text]).toEqual(['page 1', 'page 2'])
  })

  it('answer where `tags` throws, and store nothing that could not be purged', async () => {
    const caches = memory()
    const tags = () => {
      throw new Error('no tags')
    }
    await using server = await startServer(
      wrapSite(caches, cachePage(caches, { tags })(counted()), { ttl: 60 }),
    )

    const answers = [await server.ask('/'), await server.ask('/')]

    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, 'page 1'],
      [200, 'page 2'],
    ])
  })

  it('set headers', async () => {
    const handler = neverCache()(cacheControl({ custom: 1 })(varyOnCookie()(counted())))
    await using server = await startServer(handler)

    const { headers } = await server.ask('/')

    expect(headers['cache-control']).toBe(
      'custom=1, max-age=0, no-cache, no-store, must-revalidate, private',
    )
    expect(headers.vary).toBe('Cookie')
  })

  it('keep a site for each vary function, and purge a page by its path where the origin is fixed', async () => {
    const caches = memory()
    const origin = 'https://atlas.example'
    const vary: Parameters<typeof cacheSite>[1] = {
      origin,
      vary: (request) => request.headers['x-a']?.toString(),
    }
    await using server = await startServer(cacheSite(caches, vary)(counted()))
    const ask = async (value: string) =>
      (await server.ask('/p', { headers: { 'X-A': value } })).text

    const before = [await ask('1'), await ask('2'), await ask('1')]
    await purgePage(caches, '/p', { origin })
    const after = [await ask('1'), await ask('2')]

    expect(before).toEqual(['page 1', 'page 2', 'page 1'])
    expect(after).toEqual(['page 3', 'page 4'])
  })
})

describe('requests as they come on the wire', () => {
  it.each([
    [
      '68: a whole URL in the request line',
      'GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n',
    ],
    ['34: no host', 'GET / HTTP/1.0\r\n'],
    [
      '71: an upgrade',
      'GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n',
    ],
    ['a GET with a body', 'GET / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n'],
  ])('%s goes past the cache', async (_what, head) => {
    await using server = await startServer(wrapSite(memory(), counted()))
    const body = head.includes('Content-Length') ? 'x' : ''
    const close = head.includes('Upgrade') ? '' : 'Connection: close\r\n'
    const ask = async () => {
      const socket = connect(server.port, '127.0.0.1')
      let text = ''
      socket.setEncoding('latin1').on('data', (chunk) => {
        text += chunk
        if (/page \d/.test(text)) socket.destroy()
      })
      socket.write(`${head}${close}\r\n${body}`)
      await once(socket, 'close')
      return text
    }

    expect(await ask()).toContain('page 1')
    expect(await ask()).toContain('page 2')
  })

  it('are answered in order on one connection', async () => {
    await using server = await startServer(
      wrapSite(memory(), (request, response) => response.end(`at ${request.url};`)),
    )
    const socket = connect(server.port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk
    })
    const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n`
    socket.write(`${head('/1')}\r\n${head('/2')}\r\n${head('/1')}Connection: close\r\n\r\n`)
    await once(socket, 'close')

    expect(text.match(/at [^;]+;/g)).toEqual(['at /1;', 'at /2;', 'at /1;'])
  })
})

describe('HTTP/2', () => {
  it('68: works, with the authority for a host', async () => {
    const handler: Listener = (request, response) =>
      response.end(`at ${request.headers[':authority']}`)
    const wrapped = wrapSite(memory(), handler)
    const server = createHttp2Server((request, response) => {
      void wrapped(request as never, response as never)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    const ask = async (path: string) => {
      const stream = session.request({ ':path': path })
      const [headers] = (await once(stream, 'response')) as [Record<string, string>]
      let text = ''
      for await (const chunk of stream) text += chunk
      return { text, status: headers['cache-status'] }
    }

    const replies = [await ask('/'), await ask('/'), await ask('/b')]
    session.close()
    server.close()

    expect(replies).toEqual([
      { text: `at 127.0.0.1:${port}`, status: 'reprise; fwd=uri-miss; stored' },
      { text: `at 127.0.0.1:${port}`, status: 'reprise; hit; ttl=600' },
      { text: `at 127.0.0.1:${port}`, status: 'reprise; fwd=uri-miss; stored' },
    ])
  })
})
