import { describe, expect, it } from 'vitest'
import {
  bypassReason,
  type CookieRule,
  type FreshQuestion,
  fresh,
  helpsAfterError,
} from '../../../src/http/fresh.ts'
import { NO_DIRECTIVES } from '../../../src/http/request-directives.ts'
import { NEVER_STALE, type StaleRule } from '../../../src/http/stale-rule.ts'
import { pageRequest } from './page-request.ts'

describe('bypassReason', () => {
  const reason = (headers: Record<string, string>, cookies: CookieRule = 'bypass') =>
    bypassReason(pageRequest({ headers }), cookies)

  it('lets GET and HEAD pass, and nothing else', () => {
    expect(reason({})).toBeUndefined()
    expect(bypassReason(pageRequest({ method: 'HEAD' }), 'bypass')).toBeUndefined()
    for (const method of ['POST', 'PUT', 'get', 'OPTIONS', '']) {
      expect(bypassReason(pageRequest({ method }), 'bypass')).toBe('method')
    }
  })

  it.each([
    [{ range: 'bytes=0-1' }, undefined],
    [{ upgrade: 'websocket' }, 'upgrade'],
    [{ 'content-length': '2' }, 'request-body'],
    [{ 'content-length': 'x' }, 'request-body'],
    [{ 'transfer-encoding': 'chunked' }, 'request-body'],
    [{ 'content-length': '0' }, undefined],
    [{ cookie: 'a=b' }, 'cookie'],
    [{ cookie: '' }, undefined],
    [{ 'cache-control': 'no-cache', pragma: 'no-cache' }, undefined],
    [{ authorization: 'Basic x' }, undefined],
  ] as [Record<string, string>, string | undefined][])('for %j is %j', (headers, expected) => {
    expect(reason(headers)).toBe(expected)
  })

  it('lets cookies pass where they are ignored or covered', () => {
    expect(reason({ cookie: 'a=b' }, 'ignore')).toBeUndefined()
    expect(reason({ cookie: 'a=b' }, ['theme'])).toBeUndefined()
  })

  it.each(['', 'a/b', 'a?b', 'a#b', 'user@a', 'a\\b', 'a b'])('34: refuses the host %j', (host) => {
    expect(bypassReason(pageRequest({ host }), 'bypass')).toBe('host')
  })

  it.each(['a.example', 'A.Example:8080', '[::1]:80', '127.0.0.1'])(
    '34: takes the host %j',
    (host) => {
      expect(bypassReason(pageRequest({ host }), 'bypass')).toBeUndefined()
    },
  )

  it.each(['https://a/b?c', '', 'ftp', '~'])('refuses the scheme %j', (scheme) => {
    expect(bypassReason(pageRequest({ scheme }), 'bypass')).toBe('scheme')
  })

  it.each(['http://b.example/', '*', '', 'x'])('refuses the target %j', (target) => {
    expect(bypassReason(pageRequest({ target }), 'bypass')).toBe('target')
  })
})

describe('fresh', () => {
  const ask = (other: Partial<FreshQuestion> = {}) =>
    fresh({
      state: 'fresh',
      headers: [],
      createdAt: 1_000_000,
      age: 0,
      ttl: 60,
      isAuthorized: false,
      coversAuthorization: false,
      ignoresCookie: false,
      coversCookie: false,
      now: 1_000_000,
      ...other,
    })

  it('54: tells the age and what is left', () => {
    expect(ask()).toEqual({ use: true, age: 0, ttl: 60 })
    expect(ask({ now: 1_010_999 })).toEqual({ use: true, age: 10, ttl: 50 })
    expect(ask({ now: 1_010_000, age: 5, ttl: 55 })).toEqual({ use: true, age: 15, ttl: 45 })
  })

  it('67: is not younger than nothing when the clock was set back', () => {
    expect(ask({ now: 0 })).toEqual({ use: true, age: 0, ttl: 60 })
  })

  it('tells by how much a stale page is over its time, and of a fresh one never', () => {
    const now = 1_070_000
    expect(ask({ now, state: 'stale', stale: window({ whileRevalidate: 10 }) })).toEqual({
      use: true,
      age: 70,
      ttl: -10,
    })
    expect(ask({ now })).toEqual({ use: true, age: 70, ttl: 0 })
  })

  it('gives no stale page without a window, nor after it', () => {
    const expired = { use: false, reason: 'stale', because: 'expired' }
    const asked = { now: 1_070_001, state: 'stale' } as const

    expect(ask(asked)).toEqual(expired)
    expect(ask({ ...asked, stale: window({ whileRevalidate: 10 }) })).toEqual(expired)
    expect(ask({ ...asked, stale: window({ ifError: 100 }) })).toEqual(expired)
    expect(ask({ state: 'fresh', ttl: 0 })).toEqual(expired)
  })

  it('60: gives a page that was invalidated before its time', () => {
    expect(ask({ now: 1_010_000, state: 'stale' })).toEqual({ use: true, age: 10, ttl: 50 })
  })

  it.each([
    [{ noCache: true }, 'no-cache'],
    [{ maxAge: 9 }, 'max-age'],
    [{ minFresh: 51 }, 'min-fresh'],
  ])('gives no page that the request does not want: %j', (asked, reason) => {
    const directives = { ...NO_DIRECTIVES, ...asked }
    const unwanted = { use: false, reason, because: 'unwanted' }
    expect(ask({ now: 1_010_000, directives })).toEqual(unwanted)
  })

  it('gives a page that is just what the request wants', () => {
    const directives = { ...NO_DIRECTIVES, maxAge: 10, minFresh: 50 }
    expect(ask({ now: 1_010_000, directives })).toEqual({ use: true, age: 10, ttl: 50 })
  })

  it('gives a stale page to a request that takes it, unless the page forbids it', () => {
    const asked = { now: 1_070_000, state: 'stale' } as const
    const directives = { ...NO_DIRECTIVES, maxStale: 10 }
    const stale = window({ isForbidden: true })

    expect(ask({ ...asked, directives })).toEqual({ use: true, age: 70, ttl: -10 })
    expect(ask({ ...asked, directives: { ...directives, maxStale: 9 } }).use).toBe(false)
    expect(ask({ ...asked, directives: { ...directives, maxStale: Infinity } }).use).toBe(true)
    expect(ask({ ...asked, directives, stale }).use).toBe(false)
  })

  it('takes a window of the page for no answer to a request that names an age', () => {
    const stale = window({ whileRevalidate: 100 })
    const directives = { ...NO_DIRECTIVES, maxAge: 80 }
    expect(ask({ now: 1_070_000, state: 'stale', stale, directives }).use).toBe(false)
  })

  it('4: gives a page to ignored cookies only where nobody kept them apart', () => {
    const headers = ['Vary', 'Accept, cookie']

    expect(ask({ ignoresCookie: true, headers })).toEqual({
      use: false,
      reason: 'cookie',
      because: 'another',
    })
    expect(ask({ ignoresCookie: true, headers: ['Vary', 'Accept'] }).use).toBe(true)
    expect(ask({ ignoresCookie: true, coversCookie: true, headers }).use).toBe(true)
    expect(ask({ headers }).use).toBe(true)
  })

  it('5: gives a page to credentials only where it was meant for everybody', () => {
    const refused = { use: false, reason: 'authorization', because: 'another' }
    const isAuthorized = true

    expect(ask({ isAuthorized })).toEqual(refused)
    expect(ask({ isAuthorized, headers: ['Cache-Control', 'max-age=60'] })).toEqual(refused)
    expect(ask({ isAuthorized, headers: ['Cache-Control', 'public'] }).use).toBe(true)
    expect(ask({ isAuthorized, coversAuthorization: true }).use).toBe(true)
  })
})

describe('helpsAfterError', () => {
  const helps = (now: number, ifError: number) =>
    helpsAfterError({ createdAt: 1_000_000, ttl: 60, stale: window({ ifError }) }, now)

  it('66: ends with the window', () => {
    expect([helps(1_070_000, 10), helps(1_070_001, 10), helps(1_060_000, 0)]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('needs a window', () => {
    expect(helpsAfterError({ createdAt: 0, ttl: 60 }, 1)).toBe(false)
  })
})

const window = (parts: Partial<StaleRule>): StaleRule => ({ ...NEVER_STALE, ...parts })
