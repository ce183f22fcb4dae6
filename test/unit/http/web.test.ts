import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { PageContext } from '../../../src/channels.ts'
import { respond } from '../../../src/http/web.ts'
import { memoryPages } from './visit.ts'

const ask = (headers: Record<string, string> = {}, method = 'GET') =>
  new Request('https://site.example/a?b=1', { method, headers })

function stream(...chunks: (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...chunks]
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift()
      if (chunk === undefined) controller.close()
      else if (typeof chunk === 'string') controller.enqueue(Buffer.from(chunk))
      else controller.error(chunk)
    },
  })
}

describe('respond', () => {
  it('47, 55: renders, stores and answers from the cache', async () => {
    const { pages } = memoryPages()
    const render = () => new Response('page', { status: 200, statusText: 'Fine' })

    const first = await respond(pages, ask(), render)
    expect([first.status, first.statusText, await first.text()]).toEqual([200, 'Fine', 'page'])
    expect(first.headers.get('cache-status')).toBe('reprise; fwd=uri-miss')
    const second = await respond(pages, ask(), render)
    expect(await second.text()).toBe('page')
    expect(second.headers.get('cache-status')).toBe('reprise; hit; ttl=600')
    expect(second.headers.get('content-type')).toBe('text/plain;charset=UTF-8')
  })

  it('49: passes a body on as it comes', async () => {
    const { pages } = memoryPages()
    const first = await respond(pages, ask(), () => new Response(stream('one ', 'two')))
    const chunks: string[] = []
    for await (const chunk of first.body ?? []) chunks.push(Buffer.from(chunk).toString())

    const second = await respond(pages, ask(), () => new Response('other'))

    expect(chunks).toEqual(['one ', 'two'])
    expect(await second.text()).toBe('one two')
  })

  it('1: keeps every cookie of a response that is not stored', async () => {
    const { pages } = memoryPages()
    const headers = new Headers([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])

    for (let round = 0; round < 2; round++) {
      const response = await respond(pages, ask(), () => new Response(`${round}`, { headers }))
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(await response.text()).toBe(`${round}`)
    }
  })

  it('50: answers 304 from the cache, and of a cold page that it stores all the same', async () => {
    const { pages } = memoryPages()
    const seen: (string | null)[] = []
    const render = (request: Request) => {
      seen.push(request.headers.get('if-none-match'))
      return new Response('page', { headers: { ETag: '"a"' } })
    }

    const cold = await respond(pages, ask({ 'If-None-Match': '"a"' }), render)
    await expect
      .poll(async () => (await respond(pages, ask(), render)).headers.get('age'))
      .toBe('0')
    const warm = await respond(pages, ask({ 'If-None-Match': '"a"' }), render)

    expect([cold.status, cold.body, cold.headers.get('content-type')]).toEqual([304, null, null])
    expect([warm.status, warm.body]).toEqual([304, null])
    expect(seen[0]).toBeNull()
  })

  it('50: answers 304 of a page that it does not store', async () => {
    const { pages } = memoryPages()
    const headers = { ETag: '"a"', 'Cache-Control': 'private' }

    const response = await respond(
      pages,
      ask({ 'If-None-Match': '"a"' }),
      () => new Response('page', { headers }),
    )

    expect([response.status, response.body]).toEqual([304, null])
  })

  it('56: answers a HEAD from a stored GET, and stores none itself', async () => {
    const { pages } = memoryPages()
    const render = () => new Response('page')

    const cold = await respond(pages, ask({}, 'HEAD'), () => new Response(null))
    await (await respond(pages, ask(), render)).text()
    const warm = await respond(pages, ask({}, 'HEAD'), render)

    expect(cold.headers.get('cache-status')).toBe('reprise; fwd=uri-miss; detail=head')
    expect([warm.status, warm.body, warm.headers.get('content-length')]).toEqual([200, null, '4'])
  })

  it.each([204, 205])('answers a stored %i, which may have no body', async (status) => {
    const { pages } = memoryPages({ mode: 'http' })
    const headers = { 'Cache-Control': 'max-age=60' }
    const render = () => new Response(null, { status, headers })

    await respond(pages, ask(), render)
    const hit = await respond(pages, ask(), render)

    expect([hit.status, await hit.text()]).toEqual([status, ''])
    expect(hit.headers.get('cache-status')).toMatch(/^reprise; hit/)
  })

  it('stores an empty page', async () => {
    const { pages } = memoryPages()
    await respond(pages, ask(), () => new Response(null))

    const hit = await respond(pages, ask(), () => new Response('other'))

    expect([hit.headers.get('age'), await hit.text()]).toEqual(['0', ''])
  })

  it('files a page under the headers that were sent', async () => {
    const { pages } = memoryPages()
    const render = (request: Request) => {
      const language = request.headers.get('accept-language') ?? ''
      request.headers.set('accept-language', 'xx')
      return new Response(language, { headers: { Vary: 'Accept-Language' } })
    }
    for (const language of ['de', 'fr', 'de', 'fr']) {
      const response = await respond(pages, ask({ 'Accept-Language': language }), render)
      expect(await response.text()).toBe(language)
    }
    const last = await respond(pages, ask({ 'Accept-Language': 'de' }), render)
    expect(last.headers.get('age')).toBe('0')
  })

  it('23: stores nothing of what the client did not take to the end', async () => {
    const { pages } = memoryPages()
    const first = await respond(pages, ask(), () => new Response(stream('one ', 'two')))
    await first.body?.cancel()

    const second = await respond(pages, ask(), () => new Response('other'))

    expect(await second.text()).toBe('other')
  })

  it('24: passes on that a body failed, and stores nothing', async () => {
    const { pages } = memoryPages()
    const render = () => new Response(stream('one ', new Error('The source failed.')))

    const first = await respond(pages, ask(), render)
    await expect(first.text()).rejects.toThrow('The source failed.')
    const second = await respond(pages, ask(), () => new Response('other'))

    expect(await second.text()).toBe('other')
  })

  it('stores nothing of a body that failed while only the cache read it', async () => {
    const { pages } = memoryPages()
    const headers = { ETag: '"a"' }
    const render = () => new Response(stream('one ', new Error('The source failed.')), { headers })
    await respond(pages, ask({ 'If-None-Match': '"a"' }), render)
    await setImmediate()

    const second = await respond(pages, ask(), () => new Response('other'))

    expect(await second.text()).toBe('other')
  })

  it('27: passes on what is too large to keep', async () => {
    const { pages } = memoryPages({ maxBodyBytes: 5 })
    const render = () => new Response(stream('one ', 'two ', 'three'))

    const texts = [
      await (await respond(pages, ask(), render)).text(),
      await (await respond(pages, ask(), render)).text(),
    ]

    expect(texts).toEqual(['one two three', 'one two three'])
  })

  it.each<[string, RequestInit, ResponseInit]>([
    ['stored', {}, {}],
    ['bypass', { method: 'POST' }, {}],
    ['bypass', { headers: { Cookie: 'a=b' } }, {}],
    ['not-stored', {}, { headers: { 'Cache-Control': 'private' } }],
    ['not-stored', { headers: { Authorization: 'x' } }, { headers: { 'Content-Length': '9e9' } }],
  ])('ends its event as %s for %j with %j', async (result, asked, answer) => {
    const { pages } = memoryPages()
    const ended: PageContext[] = []
    const listen = (context: unknown) => void ended.push(context as PageContext)
    subscribe('tracing:reprise:page:asyncEnd', listen)
    const request = new Request('https://site.example/', asked)
    const response = await respond(pages, request, () => new Response('page', answer))
    expect(await response.text()).toBe('page')
    await expect.poll(() => ended).toMatchObject([{ result }])
    unsubscribe('tracing:reprise:page:asyncEnd', listen)
  })

  it('throws what render throws, and lets the next one render', async () => {
    const { pages } = memoryPages()
    const fail = () => Promise.reject(new Error('The view failed.'))

    await expect(respond(pages, ask(), fail)).rejects.toThrow('The view failed.')
    const next = await respond(pages, ask(), () => new Response('page'))

    expect(await next.text()).toBe('page')
  })
})
