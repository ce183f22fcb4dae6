import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { cachePage, cacheSite } from '../../src/frameworks/node.ts'
import { countedPage, type Handler, type Mount, startSite } from '../support/page-hosts.ts'

/**
 * What Django's tests hold its page middleware to, where no other test of ours says so by its number.
 * Numbers are those of Django's tests in the project's list; where we differ the title says how, and
 * `docs/decisions.md` why.
 */
const site: Mount = (caches, options, handler) => cacheSite(caches, options)(handler)
const page: Mount = (caches, options, handler) => cachePage(caches, options)(handler)

/** The language and the time zone that an application works out of a request. */
const languageOf = ({ headers }: IncomingMessage) =>
  /^\s*de\b/i.test(headers['accept-language'] ?? '') ? 'de' : 'en'
const zoneOf = ({ headers }: IncomingMessage) => String(headers['x-zone'] ?? 'UTC')

describe('keys', () => {
  it('154: answers a HEAD from a cached GET', async () => {
    await using server = await startSite(site, countedPage())
    await server.ask('/')

    const head = await server.ask('/', { method: 'HEAD' })

    expect([head.status, head.headers['content-length'], server.renders]).toEqual([200, '6', 1])
  })

  it('153: stores no HEAD, so that the next one is rendered again, and a GET too', async () => {
    await using server = await startSite(site, countedPage())
    for (const method of ['HEAD', 'HEAD', 'GET']) await server.ask('/', { method })

    expect(server.renders).toBe(3)
  })

  it('155, 156: has the language in the key, by the vary function, however it was asked for', async () => {
    const handler: Handler = (request, response) => response.end(languageOf(request))
    await using server = await startSite(site, handler, { vary: languageOf })
    const ask = async (language: string) =>
      (await server.ask('/', { headers: { 'Accept-Language': language } })).text
    const german = [
      ...['de', 'DE', ' de', 'de-AT', 'de;q=0.9', 'de,en', 'de, en;q=0.5', 'de-DE,de;q=0.9'],
      'de , *',
    ]

    for (const language of german) expect(await ask(language)).toBe('de')
    expect(await ask('fr')).toBe('en')
    expect(server.renders).toBe(2)
  })

  it('157: has the time zone in the key, by the vary function', async () => {
    const handler: Handler = (request, response) => response.end(zoneOf(request))
    const vary = (request: IncomingMessage) => [languageOf(request), zoneOf(request)]
    await using server = await startSite(site, handler, { vary })
    const ask = async (zone: string) =>
      (await server.ask('/', { headers: { 'X-Zone': zone } })).text

    for (const zone of ['UTC', 'Africa/Lagos', 'UTC', 'Africa/Lagos']) {
      expect(await ask(zone)).toBe(zone)
    }
    expect(server.renders).toBe(2)
  })

  it('159: keeps queries apart, and gives each language its own copy back', async () => {
    const handler: Handler = (request, response) =>
      response.end(`${request.url} in ${languageOf(request)}`)
    await using server = await startSite(site, handler, { vary: languageOf })
    const ask = async (path: string, language: string) =>
      (await server.ask(path, { headers: { 'Accept-Language': language } })).text

    for (let round = 0; round < 2; round++) {
      for (const path of ['/', '/?foo=bar', '/?foo=baz']) {
        for (const language of ['de', 'en']) {
          expect(await ask(path, language)).toBe(`${path} in ${language}`)
        }
      }
    }
    expect(server.renders).toBe(6)
  })

  it('160: stores a stream that ended well, which Django does not', async () => {
    const handler: Handler = (_request, response) => Readable.from(['a', 'b']).pipe(response)
    await using server = await startSite(site, handler)

    const texts = [(await server.ask('/')).text, (await server.ask('/')).text]

    expect([texts, server.renders]).toEqual([['ab', 'ab'], 1])
  })
})

describe('the middleware', () => {
  const renders = async (
    fields: Record<string, string | string[]>,
    headers: Record<string, string> = {},
    cookies?: 'ignore',
  ) => {
    await using server = await startSite(
      site,
      countedPage(fields),
      cookies === undefined ? {} : { cookies },
    )
    const first = await server.ask('/', { headers })
    await server.ask('/', { headers })
    return [server.renders, first.headers.vary]
  }
  const credentials = { Authorization: 'Basic a' }

  it('186: stores nothing for credentials, instead of varying on them', async () => {
    expect(await renders({}, credentials)).toEqual([2, undefined])
  })

  it('187: takes empty credentials for none', async () => {
    expect(await renders({}, { Authorization: '' })).toEqual([1, 'Cookie'])
  })

  it('188: stores for credentials what is public', async () => {
    expect(await renders({ 'Cache-Control': 'public' }, credentials)).toEqual([1, 'Cookie'])
  })

  it('189: takes what only sounds like public for something else', async () => {
    expect(await renders({ 'Cache-Control': 'no-public' }, credentials)).toEqual([2, undefined])
  })

  it('190: stores no page that sets a cookie, whether the request had others or not', async () => {
    const fields = { 'Set-Cookie': 'csrftoken=a', Vary: 'Cookie' }

    expect((await renders(fields, {}, 'ignore'))[0]).toBe(2)
    expect((await renders(fields, { Cookie: 'other=1' }, 'ignore'))[0]).toBe(2)
  })

  it('191: stores no page that renews a cookie of the request', async () => {
    const fields = { 'Set-Cookie': 'csrftoken=b', Vary: 'Cookie' }

    expect((await renders(fields, { Cookie: 'csrftoken=a' }, 'ignore'))[0]).toBe(2)
  })

  it('195: passes the result of a page through, with and without a prefix of its own', async () => {
    for (const keyPrefix of ['', 'test_']) {
      const handler = (_request: IncomingMessage, response: ServerResponse) => {
        response.statusCode = 201
        response.setHeader('X-Own', 'here')
        response.end('made')
      }
      await using server = await startSite(page, handler, { keyPrefix })

      const { status, headers, text } = await server.ask('/')

      expect([status, headers['x-own'], text]).toEqual([201, 'here', 'made'])
    }
  })
})
