import { describe, expect, it } from 'vitest'
import { headerValue } from '../../../src/http/message.ts'
import { pageAnswer } from '../../../src/http/page-answer.ts'
import type { StoredPage } from '../../../src/http/page-entry.ts'
import { pageRequest } from './page-request.ts'

const NOW = Date.UTC(2026, 0, 1)
const IDENTITY = Buffer.from('0123456789')

function page(headers: readonly string[] = ['ETag', '"x"'], more: Partial<StoredPage> = {}) {
  const stored: StoredPage = {
    kind: 'page',
    status: 200,
    headers: ['Content-Type', 'text/plain', ...headers],
    createdAt: NOW,
    age: 0,
    ttl: 60,
    vary: [],
    nonce: 'n',
    body: IDENTITY,
    codings: [
      { coding: 'br', body: Buffer.from('BR') },
      { coding: 'gzip', body: Buffer.from('GZIP') },
    ],
    ...more,
  }
  return stored
}

function ask(headers: Record<string, string>, stored = page(), method = 'GET') {
  const request = pageRequest({ headers, method })
  const {
    status,
    headers: told,
    body,
  } = pageAnswer(request, stored, 5, 55, {
    cacheStatus: true,
    now: NOW,
  })
  const field = (name: string) => headerValue(told, name)
  return { status, text: body.toString(), field }
}

describe('a page in several codings', () => {
  it('is sent in the one that the client likes best, with a tag and a length of its own', () => {
    const { status, text, field } = ask({ 'accept-encoding': 'gzip, br' })
    expect([status, text]).toEqual([200, 'BR'])
    expect([field('content-encoding'), field('etag'), field('content-length')]).toEqual([
      'br',
      '"x-br"',
      '2',
    ])
    expect([field('vary'), field('age'), field('cache-status')]).toEqual([
      'Accept-Encoding',
      '5',
      'reprise; hit; ttl=55',
    ])
  })

  it.each([
    ['br;q=0, gzip', 'GZIP'],
    ['gzip;q=0.9, br;q=0.1', 'GZIP'],
    ['identity', '0123456789'],
    ['deflate', '0123456789'],
    ['*', 'BR'],
    ['identity;q=0, gzip;q=0.1', 'GZIP'],
    [undefined, '0123456789'],
  ])('for Accept-Encoding: %s is sent as %s', (header, text) => {
    const answer = ask(header === undefined ? {} : { 'accept-encoding': header })
    expect([answer.text, answer.field('vary')]).toEqual([text, 'Accept-Encoding'])
  })

  it('answers a HEAD as a GET', () => {
    const { text, field } = ask({ 'accept-encoding': 'br' }, page(), 'HEAD')
    expect([text, field('content-length'), field('etag')]).toEqual(['', '2', '"x-br"'])
  })

  it.each([
    ['"x-br"', 'br', '"x-br"'],
    ['W/"x-br"', 'br', '"x-br"'],
    ['"x"', 'br', '"x"'],
    ['"x-gzip"', 'br, gzip', '"x-gzip"'],
    ['"x-gzip", "x-br"', 'br, gzip', '"x-br"'],
    ['*', 'gzip', '"x-gzip"'],
    ['"x"', undefined, '"x"'],
    ['"x-br"', undefined, '"x-br"'],
  ])('is not modified for If-None-Match: %s with Accept-Encoding: %s', (tag, accepted, told) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted }
    const { status, text, field } = ask({ ...headers, 'if-none-match': tag })
    expect([status, text, field('etag'), field('vary')]).toEqual([304, '', told, 'Accept-Encoding'])
    expect([field('content-length'), field('content-encoding')]).toEqual([undefined, undefined])
  })

  it('tells nobody to use a coding that it does not take', () => {
    const gzip = ask({ 'accept-encoding': 'gzip', 'if-none-match': '"x-br"' })
    expect([gzip.status, gzip.text]).toEqual([200, 'GZIP'])
    const coded = ask({ 'accept-encoding': 'identity;q=0, br', 'if-none-match': '"x"' })
    expect([coded.status, coded.text]).toEqual([200, 'BR'])
  })

  it('keeps a weak tag weak, and gives none that is no tag', () => {
    const weak = ask({ 'accept-encoding': 'br' }, page(['ETag', 'W/"x"']))
    expect(weak.field('etag')).toBe('W/"x-br"')
    const broken = ask({ 'accept-encoding': 'br' }, page(['ETag', 'x']))
    expect(broken.field('etag')).toBeUndefined()
  })

  it('leaves out digests of other bytes', () => {
    const digests = ['Repr-Digest', 'sha-256=:a=:', 'Content-MD5', 'b', 'ETag', '"x"']
    const coded = ask({ 'accept-encoding': 'br' }, page(digests))
    expect([coded.field('repr-digest'), coded.field('content-md5')]).toEqual([undefined, undefined])
    expect(ask({}, page(digests)).field('repr-digest')).toBe('sha-256=:a=:')
  })

  it('is cut in the form that If-Range names', () => {
    const range = { range: 'bytes=1-', 'accept-encoding': 'br, gzip' }
    const chosen = ask(range)
    expect([chosen.status, chosen.text, chosen.field('content-range')]).toEqual([
      206,
      'R',
      'bytes 1-1/2',
    ])
    const identity = ask({ ...range, 'if-range': '"x"' })
    expect([identity.status, identity.text, identity.field('etag')]).toEqual([
      206,
      '123456789',
      '"x"',
    ])
    const gzip = ask({ ...range, 'if-range': '"x-gzip"' })
    expect([gzip.text, gzip.field('content-encoding')]).toEqual(['ZIP', 'gzip'])
    const other = ask({ ...range, 'if-range': '"y"' })
    expect([other.status, other.text]).toEqual([200, 'BR'])
  })

  it('is not cut in several parts that could be taken for compressed together', () => {
    const parts = { range: 'bytes=0-0,2-2', 'accept-encoding': 'gzip' }
    expect(ask(parts).text).toBe('GZIP')
    expect(ask({ range: 'bytes=0-0,5-5' }).status).toBe(206)
  })
})

describe('conditions of a hit', () => {
  it.each([
    ['if-match', '"x"', 200],
    ['if-match', '"x-br"', 200],
    ['if-match', '*', 200],
    ['if-match', 'W/"x"', 412],
    ['if-match', '"y"', 412],
    ['if-unmodified-since', 'Thu, 01 Jan 2026 00:00:00 GMT', 200],
  ])('%s: %s gives %i', (name, value, status) => {
    expect(ask({ [name]: value }).status).toBe(status)
  })

  it('412 is for this request only, and says nothing of the page', () => {
    const { text, field } = ask(
      { 'if-unmodified-since': 'Wed, 31 Dec 2025 00:00:00 GMT' },
      page(['Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT', 'Cache-Control', 'max-age=60']),
    )
    expect([text, field('cache-control'), field('content-length')]).toEqual(['', 'no-store', '0'])
    expect([field('content-type'), field('last-modified')]).toEqual([undefined, undefined])
  })

  it('416 is not kept by another cache', () => {
    const beyond = page(['Cache-Control', 'max-age=60', 'Expires', 'x'])
    const { status, field } = ask({ range: 'bytes=20-' }, beyond)
    expect([status, field('cache-control'), field('expires')]).toEqual([416, 'no-store', undefined])
  })

  it('count for a 200 only', () => {
    const gone = page(['ETag', '"x"'], { status: 404 })
    const conditions = { 'if-none-match': '"x"', 'if-match': '"y"', range: 'bytes=0-1' }
    expect(ask(conditions, gone).status).toBe(404)
  })
})

it('names an earlier cache before itself', () => {
  const { field } = ask({}, page(['Cache-Status', 'inner; hit'], { codings: [] }))
  expect(field('cache-status')).toBe('inner; hit, reprise; hit; ttl=55')
  expect(field('vary')).toBeUndefined()
})
