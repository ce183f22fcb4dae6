import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { purgePage, type WrapSiteOptions, wrapSite } from '../../src/frameworks/node.ts'
import { FaultProxy } from '../../src/testing/fault-proxy.ts'
import { startServer } from '../support/http.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

let memcached: MemcachedServer
let proxy: FaultProxy
let caches: Caches
let prefix = 0

beforeAll(async () => {
  memcached = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: memcached.port } })
})

afterAll(async () => {
  await caches?.close()
  await proxy.close()
  await memcached[Symbol.asyncDispose]()
})

/** A site of its own on the server that all tests share. */
async function site(
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
  options: WrapSiteOptions = {},
) {
  await caches?.close()
  prefix++
  caches = createCaches({
    default: `memcached://127.0.0.1:${proxy.port}?keyPrefix=p${prefix}`,
  })
  return startServer(wrapSite(caches, handler, options))
}

const varying = (request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('Vary', 'Accept-Language')
  response.end(`in ${request.headers['accept-language']}`)
}

describe('pages on memcached', () => {
  it('have all their codings in one item: a hit is one command, whichever it takes', async () => {
    const text = '<li>Lagos, Lima, Lyon</li>'.repeat(400)
    const page = (_request: IncomingMessage, response: ServerResponse) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(text)
    }
    await using server = await site(page, { compress: true })
    await server.ask('/')
    await server.ask('/')
    proxy.resetCounts()

    const br = await server.ask('/', { headers: { 'Accept-Encoding': 'br' } })
    const gzip = await server.ask('/', { headers: { 'Accept-Encoding': 'gzip' } })
    const plain = await server.ask('/')

    expect(brotliDecompressSync(br.body).toString()).toBe(text)
    expect(gunzipSync(gzip.body).toString()).toBe(text)
    expect(plain.text).toBe(text)
    expect([...proxy.counts.commands]).toEqual([['mg', 3]])
  })

  it('cost one command for a hit without Vary', async () => {
    await using server = await site((_request, response) => response.end('page'))
    await server.ask('/')
    await server.ask('/')
    proxy.resetCounts()

    const replies = [await server.ask('/'), await server.ask('/')]

    expect(replies.map(({ headers }) => headers['cache-status'])).toEqual([
      'reprise; hit; ttl=600',
      'reprise; hit; ttl=600',
    ])
    expect([...proxy.counts.commands]).toEqual([['mg', 2]])
    expect(proxy.counts.reads).toBe(2)
  })

  it('cost two commands in one write for a hit with Vary', async () => {
    await using server = await site(varying)
    const ask = (language: string) => server.ask('/', { headers: { 'Accept-Language': language } })
    // The second time the pages are there: a first answer does not wait until it is stored.
    for (const language of ['de', 'fr', 'de', 'fr']) await ask(language)
    proxy.resetCounts()

    const replies = [await ask('de'), await ask('fr')]

    expect(replies.map(({ text }) => text)).toEqual(['in de', 'in fr'])
    expect(replies[1]?.headers['cache-status']).toBe('reprise; hit; ttl=600')
    expect([...proxy.counts.commands]).toEqual([['mg', 4]])
    expect(proxy.counts.reads).toBe(2)
  })

  it('are purged with all variants', async () => {
    let renders = 0
    await using server = await site((request, response) => {
      renders++
      varying(request, response)
    })
    const ask = (language: string) => server.ask('/', { headers: { 'Accept-Language': language } })
    for (const language of ['de', 'fr', 'it', 'de', 'fr', 'it']) await ask(language)
    expect(renders).toBe(3)

    expect(await purgePage(caches, `http://127.0.0.1:${server.port}/`)).toBe(true)
    for (const language of ['de', 'fr', 'it']) await ask(language)

    expect(renders).toBe(6)
  })

  it('48: are rendered once for a hundred that ask for a cold one', async () => {
    let renders = 0
    let finish = () => {}
    await using server = await site((_request, response) => {
      renders++
      finish = () => response.end('page')
    })

    const replies = Array.from({ length: 100 }, () => server.ask('/'))
    await expect.poll(() => renders).toBe(1)
    finish()

    expect(new Set((await Promise.all(replies)).map(({ text }) => text))).toEqual(new Set(['page']))
    expect(renders).toBe(1)
  })

  it('42: are rendered for each at the same time where they cannot be stored', async () => {
    const waiting: (() => void)[] = []
    await using server = await site((_request, response) => {
      response.setHeader('Set-Cookie', 'a=b')
      waiting.push(() => response.end('page'))
    })
    const first = server.ask('/')
    await expect.poll(() => waiting.length).toBe(1)
    waiting[0]?.()
    await first
    const others = Array.from({ length: 10 }, () => server.ask('/'))
    await expect.poll(() => waiting.length).toBe(11)
    for (const answer of waiting) answer()

    expect((await Promise.all(others)).length).toBe(10)
  })

  it('25: hold bytes up to the default limit', async () => {
    const body = Buffer.alloc(921_600, 0xff)
    let renders = 0
    await using server = await site((_request, response) => {
      renders++
      response.end(body)
    })

    const replies = [await server.ask('/'), await server.ask('/')]

    expect(replies.map((reply) => reply.body.equals(body))).toEqual([true, true])
    expect(renders).toBe(1)
  })

  it('61: are rendered where the server refuses connections', async () => {
    await using server = await site((_request, response) => response.end('page'))
    await proxy.set({ kind: 'refuse' })

    const reply = await server.ask('/')
    await proxy.set({ kind: 'pass' })

    expect([reply.status, reply.text]).toEqual([200, 'page'])
    expect(reply.headers['cache-status']).toBe('reprise; fwd=miss; detail=backend-error')
  })
})
