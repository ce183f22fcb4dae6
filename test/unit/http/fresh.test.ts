import { describe, expect, it } from 'vitest'
import {
  bypassReason,
  type CookieRule,
  type FreshQuestion,
  fresh,
} from '../../../src/http/fresh.ts'
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
    expect(ask({ now: 1_070_000, state: 'stale' })).toEqual({ use: true, age: 70, ttl: -10 })
    expect(ask({ now: 1_070_000 })).toEqual({ use: true, age: 70, ttl: 0 })
  })

  it('4: gives a page to ignored cookies only where nobody kept them apart', () => {
    const headers = ['Vary', 'Accept, cookie']

    expect(ask({ ignoresCookie: true, headers })).toEqual({ use: false, reason: 'cookie' })
    expect(ask({ ignoresCookie: true, headers: ['Vary', 'Accept'] }).use).toBe(true)
    expect(ask({ ignoresCookie: true, coversCookie: true, headers }).use).toBe(true)
    expect(ask({ headers }).use).toBe(true)
  })

  it('5: gives a page to credentials only where it was meant for everybody', () => {
    const refused = { use: false, reason: 'authorization' }
    const isAuthorized = true

    expect(ask({ isAuthorized })).toEqual(refused)
    expect(ask({ isAuthorized, headers: ['Cache-Control', 'max-age=60'] })).toEqual(refused)
    expect(ask({ isAuthorized, headers: ['Cache-Control', 'public'] }).use).toBe(true)
    expect(ask({ isAuthorized, coversAuthorization: true }).use).toBe(true)
  })
})
