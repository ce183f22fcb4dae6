import { describe, expect, it } from 'vitest'
import { parseCacheControl } from '../../../src/http/cache-control.ts'
import { resolveHttpOptions } from '../../../src/http/http-options.ts'
import { PageCache } from '../../../src/http/page-cache.ts'
import { NO_DIRECTIVES, parseRequestDirectives } from '../../../src/http/request-directives.ts'
import { freshenedFields, isOfStored, revalidationFields } from '../../../src/http/revalidation.ts'
import { staleRule } from '../../../src/http/stale-rule.ts'
import { invalidatedBy } from '../../../src/http/unsafe-methods.ts'
import { respond } from '../../../src/http/web.ts'
import { pageRequest } from './page-request.ts'
import { memoryPages, visit } from './visit.ts'

describe('the options of HTTP mode', () => {
  it('have defaults that leave site mode as it is', () => {
    expect(resolveHttpOptions({})).toEqual({
      mode: 'site',
      targeted: ['cdn-cache-control'],
      heuristic: 0,
      revalidateFor: 86_400,
      staleIfError: 0,
      requestDirectives: false,
      invalidatesOnUnsafe: false,
    })
  })

  it('give requests a say in HTTP mode, unless told otherwise', () => {
    const on = { requestDirectives: true, invalidatesOnUnsafe: true }
    expect(resolveHttpOptions({ mode: 'http' })).toMatchObject(on)
    expect(resolveHttpOptions({ mode: 'http', requestDirectives: false })).toMatchObject({
      requestDirectives: false,
    })
    expect(resolveHttpOptions({ invalidatesOnUnsafe: true })).toMatchObject({
      mode: 'site',
      invalidatesOnUnsafe: true,
    })
  })

  it.each([
    [{ mode: 'cdn' }, "`mode` is \"cdn\": it must be 'site' or 'http'."],
    [{ mode: 'http', ttl: 60 }, '`ttl` is 60: it must be left out'],
    [{ heuristic: 1.5 }, '`heuristic` is 1.5: it must be a share, from 0 to 1.'],
    [{ heuristic: Number.NaN }, '`heuristic` is NaN: it must be a share'],
    [{ revalidateFor: -1 }, '`revalidateFor` is -1: it must be 0 seconds or more.'],
    [{ staleIfError: 'soon' }, '`staleIfError` is "soon"'],
    [{ targeted: 'CDN-Cache-Control' }, '`targeted` is "CDN-Cache-Control": it must be a list'],
    [{ targeted: ['a b'] }, '`targeted` is'],
    [{ requestDirectives: 'no' }, '`requestDirectives` is "no"'],
  ])('refuse %j', (options, message) => {
    const { cache } = memoryPages()
    expect(() => new PageCache(cache, options as object)).toThrow(message)
  })
})

describe('parseRequestDirectives', () => {
  const parse = (headers: Record<string, string>) =>
    parseRequestDirectives(pageRequest({ headers }))

  it('reads what a request asks for', () => {
    expect(parse({})).toEqual(NO_DIRECTIVES)
    expect(
      parse({ 'cache-control': 'Max-Age=5, min-fresh=2, max-stale=3, only-if-cached' }),
    ).toEqual({ ...NO_DIRECTIVES, maxAge: 5, minFresh: 2, maxStale: 3, onlyIfCached: true })
    expect(parse({ 'cache-control': 'max-stale' }).maxStale).toBe(Infinity)
    expect(parse({ pragma: 'no-cache' }).noCache).toBe(true)
    expect(parse({ pragma: 'no-cache', 'cache-control': 'max-age=5' }).noCache).toBe(false)
  })

  it('takes what is no number for the most careful wish', () => {
    const asked = parse({ 'cache-control': 'max-age=x, min-fresh=x, max-stale=x' })
    expect([asked.maxAge, asked.minFresh, asked.maxStale]).toEqual([0, Infinity, 0])
  })
})

describe('staleRule', () => {
  const rule = (control: string, other: Partial<Parameters<typeof staleRule>[1]> = {}) =>
    staleRule(parseCacheControl(control), {
      whileRevalidate: 1,
      ifError: 2,
      mode: 'http',
      ...other,
    })

  it('goes by the response, then by the page, then by the site', () => {
    const own = { whileRevalidate: 3 }
    expect(rule('stale-while-revalidate=4, stale-if-error=5', { own })).toEqual({
      whileRevalidate: 4,
      ifError: 5,
      isForbidden: false,
    })
    expect(rule('', { own })).toEqual({ whileRevalidate: 3, ifError: 2, isForbidden: false })
    expect(rule('')).toEqual({ whileRevalidate: 1, ifError: 2, isForbidden: false })
  })

  it('lets a page of site mode beat what it says itself', () => {
    const own = { whileRevalidate: 3 }
    const forbidden = rule('must-revalidate, stale-if-error=5', { own, mode: 'site' })
    expect(forbidden).toEqual({ whileRevalidate: 3, ifError: 0, isForbidden: true })
    expect(rule('s-maxage=5', { mode: 'site' }).isForbidden).toBe(false)
  })

  it('counts no window that is longer than a year', () => {
    expect(rule('stale-if-error=99999999', {}).ifError).toBe(31_536_000)
  })
})

describe('revalidation', () => {
  it('asks with all validators that there are', () => {
    expect(revalidationFields(['ETag', 'W/"a"', 'Last-Modified', 'x'])).toEqual({
      'if-none-match': 'W/"a"',
      'if-modified-since': 'x',
    })
    expect(revalidationFields([])).toEqual({})
  })

  it('knows of what a 304 speaks', () => {
    const stored = ['ETag', '"a"', 'Last-Modified', 'x']
    expect(isOfStored(['ETag', '"a"'], stored)).toBe(true)
    expect(isOfStored(['ETag', 'W/"a"'], stored)).toBe(true)
    expect(isOfStored(['ETag', '"b"', 'Last-Modified', 'x'], stored)).toBe(false)
    expect(isOfStored(['Last-Modified', 'y'], stored)).toBe(false)
    expect(isOfStored([], stored)).toBe(true)
    expect(isOfStored(['ETag', '"a"'], ['Last-Modified', 'x'])).toBe(false)
  })

  it('replaces all lines of a field', () => {
    const stored = ['Link', 'a', 'link', 'b', 'ETag', '"a"', 'Date', 'd']
    expect(freshenedFields(stored, ['LINK', 'c', 'Link', 'd', 'Date', 'e'], 0)).toEqual([
      ...['ETag', '"a"', 'LINK', 'c', 'Link', 'd', 'Date', 'e'],
    ])
  })
})

describe('invalidatedBy', () => {
  const of = (method: string, status: number, headers: string[] = [], origin = 'request') =>
    invalidatedBy(pageRequest({ method, target: '/a/b?c' }), status, headers, origin)

  it('names what was asked for, and what the answer names', () => {
    expect(of('POST', 200)).toEqual(['https://site.example/a/b?c'])
    expect(of('POST', 201, ['Location', 'd', 'content-location', '/e#f'])).toEqual([
      'https://site.example/a/b?c',
      'https://site.example/a/d',
      'https://site.example/e',
    ])
    expect(of('POST', 303, ['Location', 'https://a.example/x'], 'https://a.example')).toEqual([
      'https://a.example/a/b?c',
      'https://a.example/x',
    ])
  })

  it('names nothing else', () => {
    expect([of('GET', 200), of('POST', 404), of('DELETE', 500)]).toEqual([[], [], []])
    const others = ['Location', 'http://site.example/', 'Content-Location', '//other.example/']
    expect(of('PUT', 200, [...others, 'Location', 'http://['])).toEqual([
      'https://site.example/a/b?c',
    ])
  })
})

describe('staleIfError in site mode', () => {
  it('66: sends a stale page for a failure until its window is over', async () => {
    const { pages, get, clock } = memoryPages({ ttl: 60, staleIfError: 30 })
    await visit(pages, get(), { body: 'page' })

    clock.advance(80)
    const failed = await pages.open(get())
    const changes = failed.kind === 'hit' ? undefined : failed.head({ status: 500, headers: [] })
    clock.advance(11)
    const late = await pages.open(get())

    expect([changes?.status, changes?.replace?.toString()]).toEqual([200, 'page'])
    expect(late.kind === 'hit' || late.head({ status: 500, headers: [] }).replace).toBeUndefined()
  })

  it('sends nothing stale where the page forbids it, nor without a failure', async () => {
    const { pages, get, clock } = memoryPages({ ttl: 60, staleIfError: 30 })
    await visit(pages, get(), { headers: ['Cache-Control', 'must-revalidate'] })
    await visit(pages, get('/b'))
    clock.advance(61)

    const forbidden = await pages.open(get())
    expect(forbidden.kind === 'render' && forbidden.canStandIn).toBe(false)
    expect(await visit(pages, get('/b'), { body: 'new' })).toMatchObject({ isHit: false })
    expect(await visit(pages, get('/b'))).toMatchObject({ isHit: true, text: 'new' })
  })
})

describe('respond in HTTP mode', () => {
  const url = 'https://site.example/'
  const headers = { ETag: '"a"', 'Cache-Control': 'max-age=60, stale-if-error=60', Link: 'a' }

  it('gives the stored page for a 304, with several lines of a name', async () => {
    const { pages, clock } = memoryPages({ mode: 'http' })
    await (await respond(pages, new Request(url), () => new Response('page', { headers }))).text()
    clock.advance(61)

    const request = new Request(url, { headers: { 'If-None-Match': '"b"' } })
    let seen: string | null = ''
    const response = await respond(pages, request, (asked) => {
      seen = asked.headers.get('if-none-match')
      const news = new Headers(headers)
      news.append('Set-Cookie', 'a=1')
      news.append('Set-Cookie', 'b=2')
      return new Response(null, { status: 304, headers: news })
    })

    expect([seen, response.status, await response.text()]).toEqual(['"a"', 200, 'page'])
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('gives the stale page for a handler that throws, and throws on when it is too old', async () => {
    const { pages, clock } = memoryPages({ mode: 'http' })
    await (await respond(pages, new Request(url), () => new Response('page', { headers }))).text()
    const broken = () => {
      throw new Error('broken')
    }
    clock.advance(61)

    const response = await respond(pages, new Request(url), broken)
    clock.advance(60)

    expect([response.status, await response.text()]).toEqual([200, 'page'])
    await expect(respond(pages, new Request(url), broken)).rejects.toThrow('broken')
  })
})
