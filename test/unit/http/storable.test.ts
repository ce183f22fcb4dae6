import { describe, expect, it } from 'vitest'
import {
  incompleteReason,
  type StorableQuestion,
  storable,
  unshareableReason,
} from '../../../src/http/storable.ts'

const NOW = Date.UTC(2026, 0, 1)

const judge = (headers: string[] = [], other: Partial<StorableQuestion> = {}) =>
  storable({
    method: 'GET',
    isAuthorized: false,
    status: 200,
    headers,
    reads: new Set(),
    covered: [],
    ownTtl: undefined,
    defaultTtl: 600,
    now: NOW,
    ...other,
  })
const stored = (ttl: number, age = 0, vary: string[] = []) => ({
  verdict: 'store',
  ...{ ttl, age, vary },
})
const refused = (reason: string) => ({ verdict: 'refuse', reason })

describe('storable', () => {
  it('stores a page that says nothing for the default lifetime', () => {
    expect(judge()).toEqual(stored(600))
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses what answers a %s', (method) => {
    expect(judge([], { method })).toEqual(refused('method'))
  })

  it('announces what answers a HEAD, and does not store it', () => {
    expect(judge([], { method: 'HEAD' })).toEqual({ verdict: 'announce', ttl: 600, reason: 'head' })
  })

  it.each([201, 204, 206, 301, 302, 404, 429, 500])(
    '17, 18, 19, 40: refuses the status %d',
    (status) => {
      expect(judge(['Cache-Control', 'max-age=60'], { status })).toEqual(
        refused(`status-${status}`),
      )
    },
  )

  it('192: announces a 304, and does not store it', () => {
    expect(judge([], { status: 304 })).toEqual({
      verdict: 'announce',
      ttl: 600,
      reason: 'status-304',
    })
  })

  it.each([
    ['Set-Cookie', 'a=b', 'set-cookie'],
    ['set-cookie', '', 'set-cookie'],
    ['Vary', '*', 'vary-*'],
    ['Vary', ' * ', 'vary-*'],
    ['Vary', 'Cookie, * , Pony', 'vary-*'],
    ['Content-Type', 'text/event-stream; charset=utf-8', 'event-stream'],
    ['content-type', ' Text/Event-Stream', 'event-stream'],
    ['Content-Range', 'bytes 0-1/2', 'range'],
    ['Trailer', 'Digest', 'trailers'],
    ['Content-Security-Policy', "script-src 'nonce-abc'", 'csp-nonce'],
    ['Content-Security-Policy-Report-Only', "script-src 'nonce-abc'", 'csp-nonce'],
  ])('refuses %s: %s', (name, value, reason) => {
    expect(judge([name, value, 'Cache-Control', 'public, max-age=60'])).toEqual(refused(reason))
    expect(judge([name, value], { ownTtl: 60 })).toEqual(refused(reason))
  })

  it.each([
    ['private', 'private'],
    ['no-cache', 'no-cache'],
    ['no-store', 'no-store'],
    ['PRIVATE', 'private'],
    ['NO-store', 'no-store'],
    ['max-age=60, Private', 'private'],
  ])('181: refuses %s', (value, reason) => {
    expect(judge(['Cache-Control', value])).toEqual(refused(reason))
  })

  it.each([
    'private="Set-Cookie"',
    'private = "x"',
    'no-cache="a, b"',
    'no-cache ="x"',
    'private=""',
  ])('183: refuses the qualified %s', (value) => {
    expect(judge(['Cache-Control', value]).verdict).toBe('refuse')
  })

  it('182: stores what only sounds like it', () => {
    expect(judge(['Cache-Control', 'myprivate'])).toEqual(stored(600))
  })

  it('reads all Cache-Control lines', () => {
    const headers = ['Cache-Control', 'max-age=60', 'cache-control', 'private']

    expect(judge(headers)).toEqual(refused('private'))
  })

  it('takes max-age where the page has no lifetime of its own', () => {
    expect(judge(['Cache-Control', 'max-age=60'])).toEqual(stored(60))
    expect(judge(['Cache-Control', 'max-age=60, s-maxage=90'])).toEqual(stored(90))
  })

  it("180: lets the page's own lifetime beat max-age, both ways", () => {
    expect(judge(['Cache-Control', 'max-age=60'], { ownTtl: 900 })).toEqual(stored(900))
    expect(judge(['Cache-Control', 'max-age=900'], { ownTtl: 60 })).toEqual(stored(60))
    expect(judge(['Cache-Control', 'max-age=0'], { ownTtl: 60 })).toEqual(stored(60))
  })

  it.each(['max-age=0', 'max-age=x', 'max-age=-5', 'max-age=60, max-age=0'])(
    'L11: refuses %s where the page has no lifetime of its own',
    (value) => {
      expect(judge(['Cache-Control', value])).toEqual(refused('max-age=0'))
    },
  )

  it('12: refuses s-maxage=0 whatever else is said', () => {
    const headers = ['Cache-Control', 'max-age=60, s-maxage=0']

    expect(judge(headers)).toEqual(refused('s-maxage=0'))
    expect(judge(headers, { ownTtl: 60 })).toEqual(refused('s-maxage=0'))
  })

  it.each([0, -1])('L10: announces an own lifetime of %d as 0', (ownTtl) => {
    expect(judge([], { ownTtl })).toEqual({ verdict: 'announce', ttl: 0, reason: 'ttl' })
  })

  it('takes Expires where there is no max-age', () => {
    const date = ['Date', 'Thu, 01 Jan 2026 00:00:00 GMT']
    const expires = ['Expires', 'Thu, 01 Jan 2026 00:01:30 GMT']

    expect(judge([...date, ...expires])).toEqual(stored(90))
    expect(judge(expires)).toEqual(stored(90))
    expect(judge(['Expires', '0'])).toEqual(refused('max-age=0'))
    expect(judge(['Expires', '0', 'Cache-Control', 'max-age=5'])).toEqual(stored(5))
    expect(judge(['Expires', '0'], { ownTtl: 5 })).toEqual(stored(5))
  })

  it('44: takes the age it came with from its lifetime', () => {
    expect(judge(['Age', '20', 'Cache-Control', 'max-age=60'])).toEqual(stored(40, 20))
    expect(judge(['Age', '60', 'Cache-Control', 'max-age=60'])).toEqual(refused('age'))
    expect(judge(['Age', '60', 'Cache-Control', 'max-age=60'], { ownTtl: 900 })).toEqual(
      refused('age'),
    )
    expect(judge(['Age', '700'])).toEqual({ verdict: 'announce', ttl: 600, reason: 'age' })
    expect(judge(['Age', 'old'])).toEqual(stored(600))
  })

  it('36: refuses what was made from a header that the key does not hold', () => {
    const reads = new Set(['accept-language', 'origin'])

    expect(judge([], { reads })).toEqual(refused('unkeyed:accept-language'))
    expect(judge(['Vary', 'Accept-Language'], { reads })).toEqual(refused('unkeyed:origin'))
    expect(judge(['Vary', 'Origin, Accept-Language'], { reads })).toEqual(
      stored(600, 0, ['accept-language', 'origin']),
    )
    expect(judge(['Vary', 'Origin'], { reads, covered: ['accept-language'] })).toEqual(
      stored(600, 0, ['origin']),
    )
  })

  it('takes every origin alike where all of them may read', () => {
    const reads = new Set(['origin'])

    expect(judge(['Access-Control-Allow-Origin', '*'], { reads })).toEqual(stored(600))
    expect(judge(['Access-Control-Allow-Origin', 'https://a'], { reads })).toEqual(
      refused('unkeyed:origin'),
    )
  })

  it('5: refuses what answers credentials, unless the response allows it', () => {
    const answer = (value: string) => judge(['Cache-Control', value], { isAuthorized: true })

    expect(judge([], { isAuthorized: true })).toEqual(refused('authorization'))
    expect(answer('max-age=60')).toEqual(refused('authorization'))
    expect(answer('no-public')).toEqual(refused('authorization'))
    expect(answer('public')).toEqual(stored(600))
    expect(answer('s-maxage=60')).toEqual(stored(60))
    expect(answer('must-revalidate, max-age=60')).toEqual(stored(60))
  })

  it('184: takes a qualified public for public', () => {
    expect(judge(['Cache-Control', 'public="abc"'], { isAuthorized: true })).toEqual(stored(600))
  })
})

describe('unshareableReason', () => {
  it('is undefined for what may be shared', () => {
    expect(unshareableReason(['Cache-Control', 'public', 'Vary', 'Cookie'])).toBeUndefined()
  })
})

describe('incompleteReason', () => {
  it('24: finds a body that is shorter or longer than was promised', () => {
    expect(incompleteReason(['Content-Length', '5'], 4, 100)).toBe('content-length')
    expect(incompleteReason(['Content-Length', '5'], 6, 100)).toBe('content-length')
    expect(incompleteReason(['Content-Length', '5', 'Content-Length', '6'], 5, 100)).toBe(
      'content-length',
    )
    expect(incompleteReason(['Content-Length', '5'], 5, 100)).toBeUndefined()
    expect(incompleteReason([], 5, 100)).toBeUndefined()
  })

  it('finds a body that is too large', () => {
    expect(incompleteReason([], 101, 100)).toBe('too-large')
    expect(incompleteReason([], 100, 100)).toBeUndefined()
  })
})
