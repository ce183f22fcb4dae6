import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { wrapSite } from '../../../src/frameworks/node.ts'
import { PageCache } from '../../../src/http/page-cache.ts'
import { prewarm } from '../../../src/http/prewarm.ts'
import { respond } from '../../../src/http/web.ts'

const urls = (count: number) => Array.from({ length: count }, (_, i) => `https://a.example/${i}`)

describe('prewarm', () => {
  it('puts the pages of a listener in the cache', async () => {
    await using caches = createCaches({ default: 'memory://' })
    const asked: string[] = []
    const site = wrapSite(caches, (request: IncomingMessage, response: ServerResponse) => {
      const isHttps = 'encrypted' in request.socket && request.socket.encrypted === true
      asked.push(`${isHttps ? 'https' : 'http'}://${request.headers.host}${request.url}`)
      response.end('page')
    })
    const some = ['https://a.example/?b=1', 'http://a.example:81/x']

    const first = await prewarm(site, some)
    const second = await prewarm(site, some)

    expect(asked.sort()).toEqual(['http://a.example:81/x', 'https://a.example/?b=1'])
    expect(first.map(({ status, cacheStatus }) => [status, cacheStatus])).toEqual([
      [200, 'reprise; fwd=uri-miss; stored'],
      [200, 'reprise; fwd=uri-miss; stored'],
    ])
    expect(second.map(({ cacheStatus }) => cacheStatus)).toEqual([
      'reprise; hit; ttl=600',
      'reprise; hit; ttl=600',
    ])
  })

  it('puts the pages of a fetch in the cache', async () => {
    await using caches = createCaches({ default: 'memory://' })
    const pages = new PageCache(caches.default)
    const site = {
      fetch: (request: Request) => respond(pages, request, () => new Response(request.url)),
    }
    await prewarm(site, ['https://a.example/'])

    const [again] = await prewarm(site, ['https://a.example/'])

    expect(again).toEqual({
      url: 'https://a.example/',
      status: 200,
      cacheStatus: 'reprise; hit; ttl=600',
      error: undefined,
    })
  })

  it('asks for so many at a time', async () => {
    let running = 0
    let most = 0
    const fetch = async () => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      return new Response('page')
    }
    const counts: number[] = []

    const results = await prewarm({ fetch }, urls(50), {
      concurrency: 3,
      onProgress: (_, count) => counts.push(count),
    })

    expect([most, results.length, counts.length, counts.at(-1)]).toEqual([3, 50, 50, 50])
  })

  it('takes addresses one by one', async () => {
    const asked: string[] = []
    const fetch = (request: Request) => {
      asked.push(request.url)
      return new Response()
    }
    async function* source() {
      yield* urls(5)
    }

    await prewarm({ fetch }, source())

    expect(asked.sort()).toEqual(urls(5))
  })

  it('sends the headers that it is given', async () => {
    const seen: unknown[] = []
    const headers = { 'accept-language': 'de' }
    await prewarm(
      (request, response) => {
        seen.push(request.headers['accept-language'])
        response.end()
      },
      urls(1),
      { headers },
    )
    const fetch = (request: Request) => {
      seen.push(request.headers.get('accept-language'))
      return new Response()
    }
    await prewarm({ fetch }, urls(1), { headers })

    expect(seen).toEqual(['de', 'de'])
  })

  it('reports what fails and goes on', async () => {
    const failure = new Error('broken')
    const site = (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/1') throw failure
      response.statusCode = request.url === '/2' ? 503 : 200
      response.end()
    }

    const results = await prewarm(site, [...urls(4), 'nonsense'], { concurrency: 1 })

    expect(results.map(({ status }) => status)).toEqual([200, undefined, 503, 200, undefined])
    expect(results[1]?.error).toBe(failure)
    expect(results[4]?.error).toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it('ends with its signal', async () => {
    const ending = new AbortController()
    const reason = new Error('enough')
    let asked = 0
    const fetch = () => {
      if (++asked === 2) ending.abort(reason)
      return new Response()
    }

    const running = prewarm({ fetch }, urls(10), { concurrency: 1, signal: ending.signal })

    await expect(running).rejects.toBe(reason)
    expect(asked).toBe(2)
  })

  it.each([{ concurrency: 0 }, { concurrency: 1.5 }, { parallel: 2 }])(
    'refuses %j',
    async (given) => {
      await expect(prewarm(() => {}, [], given)).rejects.toMatchObject({
        code: 'ERR_OPTION_INVALID',
      })
    },
  )
})
