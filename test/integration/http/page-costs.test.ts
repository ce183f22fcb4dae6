import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { cachePage, cacheSite } from '../../../src/frameworks/express.ts'
import { type Listener, wrapSite } from '../../../src/frameworks/node.ts'
import { purgePage, purgeTags } from '../../../src/http/purge.ts'
import { FaultProxy } from '../../../src/testing/fault-proxy.ts'
import { startServer } from '../../support/http.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let memcached: MemcachedServer
let proxy: FaultProxy

beforeAll(async () => {
  memcached = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: memcached.port } })
})

afterAll(async () => {
  await proxy.close()
  await memcached[Symbol.asyncDispose]()
})

let prefix = 0
/** Caches of their own on the server that all tests share. */
function open(): Caches {
  prefix++
  return createCaches({ default: `memcached://127.0.0.1:${proxy.port}?keyPrefix=c${prefix}` })
}

/** What went over the wire while `run` ran. */
async function cost(run: () => Promise<unknown>) {
  proxy.resetCounts()
  await run()
  const { commands, reads, bytesSent, bytesReceived } = proxy.counts
  return { commands: Object.fromEntries(commands), reads, bytesSent, bytesReceived }
}

const tagged = (request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('Cache-Tag', 'all, city:3')
  if (request.url?.startsWith('/vary') === true) response.setHeader('Vary', 'Accept-Language')
  response.end('page')
}

describe('a hit of a tagged page', () => {
  it('costs one round trip in a warm process', async () => {
    await using caches = open()
    await using server = await startServer(wrapSite(caches, tagged))
    for (let i = 0; i < 2; i++) await server.ask('/')

    expect(await cost(() => server.ask('/'))).toMatchObject({ commands: { mg: 3 }, reads: 1 })
  })

  it('costs one round trip in a warm process where it varies as well', async () => {
    await using caches = open()
    await using server = await startServer(wrapSite(caches, tagged))
    const ask = () => server.ask('/vary', { headers: { 'Accept-Language': 'de' } })
    for (let i = 0; i < 2; i++) await ask()

    expect(await cost(ask)).toMatchObject({ commands: { mg: 4 }, reads: 1 })
  })

  it('costs two in a process that sees it for the first time, and one from then on', async () => {
    await using caches = open()
    await using other = createCaches({
      default: `memcached://127.0.0.1:${proxy.port}?keyPrefix=c${prefix}`,
    })
    await using server = await startServer(wrapSite(caches, tagged))
    await using second = await startServer(wrapSite(other, tagged))
    const ask = () => second.ask('/', { headers: { Host: `127.0.0.1:${server.port}` } })
    await server.ask('/')
    await server.ask('/')
    // Opens its connection.
    await other.default.get('nothing')

    expect(await cost(ask)).toMatchObject({ commands: { mg: 3 }, reads: 2 })
    expect(await cost(ask)).toMatchObject({ commands: { mg: 3 }, reads: 1 })
  })
})

describe('a purge', () => {
  it('costs one round trip for an address, and two for tags, however many pages there are', async () => {
    await using caches = open()
    await using server = await startServer(wrapSite(caches, tagged))
    for (let i = 0; i < 20; i++) await server.ask(`/${i}`)
    for (let i = 0; i < 20; i++) await server.ask(`/${i}`)
    const url = `http://127.0.0.1:${server.port}`

    const hard = await cost(() => purgePage(caches, `${url}/1`))
    const soft = await cost(() => purgePage(caches, `${url}/2`, { mode: 'soft' }))
    const tags = await cost(() => purgeTags(caches, ['all']))
    const again = await server.ask('/3')

    expect(hard).toMatchObject({ commands: { md: 2 }, reads: 1 })
    expect(soft.reads).toBe(1)
    expect(tags.reads).toBe(2)
    expect(again.headers['cache-status']).not.toContain('hit')
  })
})

describe('the cost of a hit', () => {
  const page: Listener = (_request, response) => (response as ServerResponse).end('page')

  it('does not grow with the number of routes', async () => {
    const costs = []
    for (const routes of [1, 1000]) {
      await using caches = open()
      const app = express()
      app.use(cacheSite(caches, { origin: 'https://site.example' }))
      for (let i = 1; i < routes; i++) {
        app.get(`/route/${i}`, cachePage(caches, { ttl: i }), page as express.RequestHandler)
      }
      app.get('/route/0', cachePage(caches, { ttl: 60 }), page as express.RequestHandler)
      await using server = await startServer(app)
      for (let i = 0; i < 2; i++) await server.ask('/route/0')
      costs.push(await cost(() => server.ask('/route/0')))
    }

    // The prefix may have got a digit more, and so may what the client numbers its commands by.
    expect(costs[0]).toMatchObject({ commands: { mg: 1 }, reads: 1 })
    expect(costs[1]).toMatchObject({ commands: { mg: 1 }, reads: 1 })
    expect(Math.abs(Number(costs[1]?.bytesSent) - Number(costs[0]?.bytesSent))).toBeLessThan(6)
  })

  it('does not grow with the variants of other addresses, nor with those of its own', async () => {
    await using caches = open()
    await using server = await startServer(
      wrapSite(caches, tagged, { origin: 'https://site.example' }),
    )
    const ask = (path: string, language: string) =>
      server.ask(path, { headers: { 'Accept-Language': language } })
    for (let i = 0; i < 2; i++) await ask('/vary/a', 'de')
    const before = await cost(() => ask('/vary/a', 'de'))

    for (const path of ['/vary/b', '/vary/c']) {
      for (let i = 0; i < 150; i++) await ask(path, `x-${i}`)
    }
    for (let i = 0; i < 50; i++) await ask('/vary/a', `x-${i}`)
    // An answer does not wait until it is stored; who asks for it does.
    await ask('/vary/a', 'x-49')
    const after = await cost(() => ask('/vary/a', 'de'))

    expect(before).toMatchObject({ commands: { mg: 4 }, reads: 1 })
    expect(after).toMatchObject({ commands: { mg: 4 }, reads: 1 })
    expect(Math.abs(after.bytesSent - before.bytesSent)).toBeLessThan(20)
    expect(Math.abs(after.bytesReceived - before.bytesReceived)).toBeLessThan(20)
  })

  it('65: leaves nothing on the server of a flood of variants beyond the limit', async () => {
    await using caches = open()
    await using server = await startServer(
      wrapSite(caches, tagged, { origin: 'https://site.example', maxVariants: 10 }),
    )
    const flood = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        await server.ask('/vary', { headers: { 'Accept-Language': `x-${i}` } })
      }
    }
    await flood(0, 20)
    await flood(0, 10)

    const { commands, reads } = await cost(() => flood(20, 120))

    // Only asked for, in one write each: no lease, no page, nothing to give up.
    expect(Object.keys(commands)).toEqual(['mg'])
    expect(reads).toBe(100)
  })
})
