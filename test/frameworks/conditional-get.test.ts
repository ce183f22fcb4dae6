import { describe, expect, it } from 'vitest'
import { conditionalGet as inExpress } from '../../src/frameworks/express.ts'
import { conditionalGet } from '../../src/frameworks/node.ts'
import { expressSite } from '../support/express-site.ts'
import { startServer } from '../support/http.ts'

type Fields = Record<string, string>

const TIME = 'Sun, 06 Nov 1994 08:49:37 GMT'
const TAG = '"LPJNul-wow4m6Dsqxbning"'

/** What comes of a request with `asked` where a handler sends `hello` with `sent`. */
async function ask(asked: Fields, sent: Fields = {}, { status = 200, method = 'GET' } = {}) {
  await using server = await startServer(
    conditionalGet()((_request, response) => response.writeHead(status, sent).end('hello')),
  )
  return await server.ask('/', { headers: asked, method })
}

/** The same, where the head leaves together with the body. */
async function askWhole(asked: Fields, sent: Fields = {}, body = 'hello', method = 'GET') {
  await using server = await startServer(
    conditionalGet()((_request, response) => {
      for (const [name, value] of Object.entries(sent)) response.setHeader(name, value)
      response.end(body)
    }),
  )
  return await server.ask('/', { headers: asked, method })
}

describe('conditionalGet', () => {
  it('236: gives a tag to a page that has none', async () => {
    expect((await askWhole({})).headers.etag).toBe(TAG)
  })

  it('237: keeps a tag', async () => {
    expect((await askWhole({}, { ETag: '"a"' })).headers.etag).toBe('"a"')
  })

  it('238: gives none to a stream', async () => {
    await using server = await startServer(
      conditionalGet()((_request, response) => {
        response.write('hel')
        response.end('lo')
      }),
    )

    expect((await server.ask('/')).headers.etag).toBeUndefined()
  })

  it('239: gives none to an empty page', async () => {
    expect((await askWhole({}, {}, '')).headers.etag).toBeUndefined()
  })

  it.each(['No-Store', ' no-store ', 'no-store="x"', 'private, no-store = "x"'])(
    '240, 241, 243: gives none with %j',
    async (value) => {
      expect((await askWhole({}, { 'Cache-Control': value })).headers.etag).toBeUndefined()
    },
  )

  it('242: gives one with what only sounds like it', async () => {
    const sent = { 'Cache-Control': 'my-directive="my-no-store"' }

    expect((await askWhole({}, sent)).headers.etag).toBe(TAG)
  })

  it('259: gives none to a HEAD', async () => {
    expect((await askWhole({}, {}, 'hello', 'HEAD')).headers.etag).toBeUndefined()
  })

  it.each<[string, Fields, Fields, number, number]>([
    ['244', { 'If-None-Match': '"spam"' }, {}, 200, 200],
    ['245', {}, { ETag: '"eggs"' }, 200, 200],
    ['246', { 'If-None-Match': '"spam"' }, { ETag: '"spam"' }, 200, 304],
    ['247', { 'If-None-Match': '"spam"' }, { ETag: '"eggs"' }, 200, 200],
    ['248', { 'If-None-Match': '"spam"' }, { ETag: '"spam"' }, 301, 301],
    ['249', { 'If-None-Match': '"spam"' }, { ETag: '"spam"' }, 400, 400],
    ['250', { 'If-Modified-Since': TIME }, {}, 200, 200],
    ['251', {}, { 'Last-Modified': TIME }, 200, 200],
    ['252', { 'If-Modified-Since': TIME }, { 'Last-Modified': TIME }, 200, 304],
    ['255', { 'If-Modified-Since': TIME }, { 'Last-Modified': TIME }, 301, 301],
    ['256', { 'If-Modified-Since': TIME }, { 'Last-Modified': TIME }, 400, 400],
    ['262', { 'If-None-Match': 'W/"spam"' }, { ETag: 'W/"spam"' }, 200, 304],
  ])('%s: %j of %j with %d is %d', async (_line, asked, sent, status, expected) => {
    expect((await ask(asked, sent, { status })).status).toBe(expected)
  })

  it('246: answers a tag of its own making', async () => {
    const { status, text, headers } = await askWhole({ 'If-None-Match': TAG }, { Expires: '0' })

    expect([status, text, headers.etag, headers.expires]).toEqual([304, '', TAG, '0'])
    expect(headers['content-length']).toBeUndefined()
  })

  it('257: leaves out what describes the content', async () => {
    const sent = { ETag: '"a"', 'Content-Language': 'de', Vary: 'Accept' }
    const { headers } = await ask({ 'If-None-Match': '"a"' }, sent)

    expect([headers['content-language'], headers.vary]).toEqual([undefined, 'Accept'])
  })

  it('258: makes no 412 of a PUT', async () => {
    const asked = { 'If-Match': '"spam"' }

    expect((await ask(asked, { ETag: '"eggs"' }, { method: 'PUT' })).status).toBe(200)
  })

  it('is there for Express', async () => {
    await using server = await expressSite((app) => {
      app.get('/', inExpress(), (_request, response) => {
        response.end('hello')
      })
    })

    expect((await server.ask('/', { headers: { 'If-None-Match': TAG } })).status).toBe(304)
  })
})
