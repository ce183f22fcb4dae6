import { describe, expect, it } from 'vitest'
import type { CookieRule } from '../../../src/http/fresh.ts'
import {
  addressKeys,
  requestCovers,
  requestOrigin,
  variantKey,
} from '../../../src/http/page-key.ts'
import { pageAddress } from '../../../src/http/page-slot.ts'
import { queryKey } from '../../../src/http/query.ts'
import { pageRequest } from './page-request.ts'

const OPTIONS = {
  keyPrefix: '',
  cookies: 'bypass',
  origin: 'request',
  queryKey: queryKey('as-sent'),
} as const
const base = (parts: Parameters<typeof pageRequest>[0], options = {}) =>
  pageAddress(pageRequest(parts), { ...OPTIONS, ...options }, []).base

describe('the base key', () => {
  it('is the address', () => {
    expect(base({ target: '/a?b=c' })).toBe('page::https://site.example/a?b=c')
    expect(base({}, { keyPrefix: 'shop' })).toBe('page:shop:https://site.example/')
  })

  it('145, 37: tells queries apart, as they were sent', () => {
    const targets = ['/', '/?', '/?a=1', '/?a=1&b=2', '/?b=2&a=1', '/?a=%31', '/?A=1']

    expect(new Set(targets.map((target) => base({ target }))).size).toBe(targets.length)
  })

  it('146, 34: tells hosts, ports and schemes apart', () => {
    expect(base({ host: 'other.example' })).not.toBe(base({}))
    expect(base({ host: 'site.example:8080' })).not.toBe(base({}))
    expect(base({ scheme: 'http' })).not.toBe(base({}))
  })

  it('takes a host in any case, with or without the port of its scheme', () => {
    expect(base({ host: 'SITE.example:443' })).toBe(base({}))
    expect(requestOrigin(pageRequest({ scheme: 'http', host: 'a:80' }))).toBe('http://a')
    expect(requestOrigin(pageRequest({ scheme: 'http', host: 'a:443' }))).toBe('http://a:443')
  })

  it('does not depend on the host where the origin is fixed', () => {
    const fixed = { origin: 'https://atlas.example' }

    expect(base({ host: 'x', scheme: 'http', target: '/a' }, fixed)).toBe(
      'page::https://atlas.example/a',
    )
  })
})

describe('what the key covers besides', () => {
  const covers = (
    headers: Record<string, string>,
    cookies: CookieRule = 'bypass',
    varyOn: string[] = [],
    isFixed = false,
  ) => requestCovers(pageRequest({ headers }), cookies, varyOn, isFixed)

  it('is nothing for a plain request', () => {
    expect(covers({ accept: 'text/html', 'user-agent': 'x', cookie: 'a=b' })).toEqual([])
    expect(covers({}, [])).toEqual([])
  })

  it('is the named cookies, each with how many there are', () => {
    expect(covers({ cookie: 'x=1; theme=dark; y=2' }, ['theme'])).toEqual([
      'cookies',
      'theme',
      '1',
      'dark',
    ])
    expect(covers({ cookie: 'theme=a;theme=b' }, ['theme', 'lang'])).toEqual([
      'cookies',
      ...['theme', '2', 'a', 'b'],
      ...['lang', '0'],
    ])
    expect(covers({}, ['theme'])).toEqual(['cookies', 'theme', '0'])
    expect(covers({ cookie: 'theme=' }, ['theme'])).toEqual(['cookies', 'theme', '1', ''])
    expect(covers({ cookie: 'theme' }, ['theme'])).toEqual(['cookies', 'theme', '0'])
  })

  it('is what the vary option gave', () => {
    expect(covers({}, 'bypass', ['de', 'Europe/Berlin'])).toEqual(['vary', 'de', 'Europe/Berlin'])
  })

  it('35: is every other address that the request claims', () => {
    expect(covers({ 'x-forwarded-host': 'evil.example' })).toEqual([
      'x-forwarded-host',
      'evil.example',
    ])
    expect(covers({ 'x-forwarded-scheme': 'nothttps', 'x-http-method': 'DELETE' })).toEqual([
      ...['x-http-method', 'DELETE'],
      ...['x-forwarded-scheme', 'nothttps'],
    ])
    expect(covers({ 'x-original-url': '/admin' })).toEqual(['x-original-url', '/admin'])
    expect(covers({ forwarded: 'for=1.2.3.4;host=evil.example, proto=https' })).toEqual([
      'forwarded',
      'host=evil.example',
      'proto=https',
    ])
    expect(covers({ forwarded: 'for=1.2.3.4', 'x-forwarded-for': '1.2.3.4' })).toEqual([])
  })

  it('is no host where the origin is fixed or the proxy trusted', () => {
    const headers = { 'x-forwarded-host': 'a', 'x-forwarded-proto': 'https' }

    expect(covers({ ...headers, forwarded: 'host=a' }, 'bypass', [], true)).toEqual([])
    expect(covers({ 'x-rewrite-url': '/b' }, 'bypass', [], true)).toEqual(['x-rewrite-url', '/b'])
    const asked = pageRequest({ headers, host: 'a', trustsProxy: true })

    expect(requestCovers(asked, 'bypass', [], false)).toEqual([])
  })

  it('35: is each host and scheme that is not the one in the address', () => {
    const headers = { host: 'evil', 'x-forwarded-host': 'a, evil', 'x-forwarded-proto': 'https, x' }
    const trusting = pageRequest({ headers, host: 'a', trustsProxy: true })

    expect(requestCovers(trusting, 'bypass', [], false)).toEqual([
      ...['host', 'evil'],
      ...['x-forwarded-host', 'a, evil'],
      ...['x-forwarded-proto', 'https, x'],
    ])
    expect(requestCovers(trusting, 'bypass', [], true)).toEqual([])
  })
})

describe('the variant key', () => {
  const key = (
    headers: Record<string, string>,
    vary: string[],
    covers: (string | undefined)[] = [],
  ) => variantKey('', 'base', 'nonce', covers, vary, pageRequest({ headers }))

  it('149: tells EU in one header from EU in another', () => {
    const vary = ['x-region', 'x-tenant']
    const keys = [
      key({ 'x-region': 'EU' }, vary),
      key({ 'x-tenant': 'EU' }, vary),
      key({ 'x-region': 'EU', 'x-tenant': '' }, vary),
      key({ 'x-region': '', 'x-tenant': 'EU' }, vary),
      key({ 'x-region': 'E', 'x-tenant': 'U' }, vary),
      key({}, vary),
      key({ 'x-region': '' }, vary),
      key({}, ['x-region']),
      key({}, []),
    ]

    expect(new Set(keys).size).toBe(keys.length)
  })

  it('tells parts from each other however they are cut', () => {
    const keys = [
      key({}, [], ['ab', 'c']),
      key({}, [], ['a', 'bc']),
      key({}, [], ['abc']),
      key({}, [], ['1:a,']),
      key({}, [], [undefined]),
      key({}, [], ['']),
      key({}, [], ['-,']),
      key({}, [], []),
      key({ a: 'b' }, ['a']),
      key({}, [], ['a', 'b']),
    ]

    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is another one for another nonce, and no address', () => {
    const one = variantKey('p', 'base', 'a', [], [], pageRequest())
    const other = variantKey('p', 'base', 'b', [], [], pageRequest())

    expect(one).toMatch(/^page:p:~[\w-]{43}$/)
    expect(other).not.toBe(one)
  })
})

describe('addressKeys', () => {
  it('names a page under both schemes', () => {
    expect(addressKeys('', 'https://A.example/x?y=1#z', undefined)).toEqual([
      'page::http://a.example/x?y=1',
      'page::https://a.example/x?y=1',
    ])
  })

  it('names it as it was written and as a browser sends it', () => {
    expect(addressKeys('', 'http://a.example/städte', undefined)).toEqual([
      'page::http://a.example/städte',
      'page::http://a.example/st%C3%A4dte',
      'page::https://a.example/städte',
      'page::https://a.example/st%C3%A4dte',
    ])
    expect(addressKeys('', 'http://a.example?b', undefined)[0]).toBe('page::http://a.example/?b')
  })

  it('takes a path where the origin is fixed', () => {
    const keys = ['page:p:https://atlas.example/a']

    expect(addressKeys('p', '/a', 'https://atlas.example')).toEqual(keys)
    expect(addressKeys('p', 'http://elsewhere/a', 'https://atlas.example')).toEqual(keys)
  })

  it.each(['/a', 'a', 'ftp://a/b', 'https://', ''])('refuses %j without one', (url) => {
    expect(() => addressKeys('', url, undefined)).toThrow(/`url` is .*: it must be an absolute URL/)
  })

  it('refuses what is no URL with one', () => {
    expect(() => addressKeys('', 'a', 'https://a.example')).toThrow(
      '`url` is "a": it must be an absolute URL or a path that starts with "/".',
    )
  })
})
