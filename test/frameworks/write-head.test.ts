import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { cacheSite, conditionalGet, type Listener } from '../../src/frameworks/node.ts'
import { startServer } from '../support/http.ts'

const cached = (listener: Listener): Listener =>
  cacheSite(createCaches({ default: 'memory://' }))(listener)

describe('a head as Node takes it', () => {
  const pairs = [
    ['Link', ['<a>', '<b>']],
    ['Set-Cookie', ['c=1', 'd=2']],
    ['Cache-Control', 'private'],
  ]
  it.each([
    ['a flat list', pairs.flat()],
    ['pairs', pairs],
  ])('keeps its lines apart and in step where it is %s', async (_form, fields) => {
    const listener: Listener = (_request, response) => {
      const { writeHead } = response as { writeHead: (...args: unknown[]) => ServerResponse }
      writeHead.call(response, 200, fields).end('page')
    }
    await using bare = await startServer(listener)
    await using server = await startServer(cached(listener))

    const expected = await bare.ask('/')
    const reply = await server.ask('/')

    expect(reply.headers.link).toBe('<a>, <b>')
    expect(reply.headers['set-cookie']).toEqual(['c=1', 'd=2'])
    expect(reply.headers).toMatchObject({ ...expected.headers, date: expect.any(String) })
    expect(reply.headers['cache-status']).toContain('detail=set-cookie')
  })

  it('leaves nothing on an error page where Node refused to send it', async () => {
    await using server = await startServer(
      cached((_request, response) => {
        response.statusMessage = 'not a\nmessage'
        try {
          response.end('page')
        } catch {
          response.statusMessage = 'Failed'
          response.statusCode = 500
          response.end('error')
        }
      }),
    )

    const { status, headers } = await server.ask('/')

    expect([status, headers['cache-control'], headers.etag]).toEqual([500, undefined, undefined])
    expect(headers['cache-status']).toBe('reprise; fwd=uri-miss; detail=status-500')
  })

  it('may have its status as text', async () => {
    await using server = await startServer(
      cached((_request, response) => {
        Object.assign(response, { statusCode: '200' })
        response.end('page')
      }),
    )

    const replies = [await server.ask('/'), await server.ask('/')]

    expect(replies.map(({ headers }) => headers['cache-status'])).toEqual([
      'reprise; fwd=uri-miss; stored',
      'reprise; hit; ttl=600',
    ])
  })
})

describe('a server that refuses a body where none may be', () => {
  const options = { rejectNonStandardBodyWrites: true }
  const headers = { 'If-None-Match': '"a"' }
  const page: Listener = (_request, response) => {
    response.setHeader('ETag', '"a"')
    response.write('half ')
    response.write('page', () => response.end('!'))
  }
  const whole: Listener = (_request, response) => response.setHeader('ETag', '"a"').end('page')

  it.each([
    [page, 'half page!'],
    [whole, 'page'],
  ])(
    'gets none with a 304 for a cold page, which is stored all the same',
    async (listener, text) => {
      await using server = await startServer(cached(listener), options)

      const cold = await server.ask('/', { headers })
      const warm = await server.ask('/', { headers })
      const full = await server.ask('/')

      expect([cold.status, cold.text, warm.status, full.text]).toEqual([304, '', 304, text])
      expect(full.headers['cache-status']).toBe('reprise; hit; ttl=600')
    },
  )

  it.each([[page], [whole]])('gets none with the 304 of conditionalGet', async (listener) => {
    await using server = await startServer(conditionalGet()(listener), options)

    const reply = await server.ask('/', { headers })

    expect([reply.status, reply.text]).toEqual([304, ''])
  })

  it('gets none with the 304 of conditionalGet around a page cache', async () => {
    await using server = await startServer(conditionalGet()(cached(whole)), options)
    await server.ask('/')

    const reply = await server.ask('/', { headers })

    expect([reply.status, reply.headers['cache-status']]).toEqual([304, 'reprise; hit; ttl=600'])
  })
})

it('answers as without a cache where a page in it has headers that cannot be sent', async () => {
  const caches = createCaches({ default: 'memory://' })
  await using server = await startServer(cacheSite(caches)((_, response) => response.end('page')))
  const head = '{"kind":"page","status":200,"headers":["X-A","a\\r\\nSet-Cookie: b=c"],'
  const rest = `"createdAt":${Date.now()},"age":0,"ttl":60,"vary":[],"nonce":"n"}`
  const preamble = Buffer.from([0x52, 0x50, 0x47, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  preamble.writeUInt32BE(head.length + rest.length, 4)
  const frame = Buffer.concat([preamble, Buffer.from(head + rest)])
  await caches.default.set(`page::http://127.0.0.1:${server.port}/`, frame)

  const reply = await server.ask('/')

  expect([reply.text, reply.headers['set-cookie']]).toEqual(['page', undefined])
})
