import { describe, expect, it } from 'vitest'
import {
  bodyTag,
  cacheStatus,
  lifetimeFields,
  statusDetail,
  storedFields,
  varyFields,
} from '../../../src/http/announce.ts'
import { withHeader } from '../../../src/http/message.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('lifetimeFields', () => {
  it('adds Expires and max-age', () => {
    expect(lifetimeFields([], 2, NOW)).toEqual([
      ...['Cache-Control', 'max-age=2'],
      ...['Expires', 'Thu, 01 Jan 2026 00:00:02 GMT'],
    ])
  })

  it('keeps an Expires and the lesser max-age', () => {
    const headers = ['expires', '0', 'cache-control', 'public', 'Cache-Control', 'max-age=10']

    expect(lifetimeFields(headers, 600, NOW)).toEqual(['Cache-Control', 'public, max-age=10'])
  })

  it('is never below 0, and whole', () => {
    expect(lifetimeFields([], -5, NOW)[1]).toBe('max-age=0')
    expect(lifetimeFields([], 1.9, NOW)[1]).toBe('max-age=1')
  })
})

describe('varyFields', () => {
  it('adds names to Vary, each once', () => {
    expect(varyFields([], ['Cookie'])).toEqual(['Vary', 'Cookie'])
    const known = ['Vary', 'Accept', 'Vary', 'cookie']
    expect(varyFields(known, ['Cookie', 'Accept-Encoding'])).toEqual([
      'Vary',
      'Accept, cookie, Accept-Encoding',
    ])
    expect(varyFields(known, [])).toEqual([])
  })
})

describe('bodyTag', () => {
  it('236: is strong, and the same for the same bytes', () => {
    expect(bodyTag(Buffer.from('hello'))).toBe('"LPJNul-wow4m6Dsqxbning"')
    expect(bodyTag(Buffer.from('hellp'))).not.toBe(bodyTag(Buffer.from('hello')))
  })

  it('239: is undefined for an empty body', () => {
    expect(bodyTag(Buffer.alloc(0))).toBeUndefined()
  })
})

describe('cacheStatus', () => {
  it('55: is appended to what a cache further up says', () => {
    expect(cacheStatus(undefined, 'hit')).toBe('reprise; hit')
    expect(cacheStatus(' ', 'hit')).toBe('reprise; hit')
    expect(cacheStatus('Up; hit', 'fwd=miss')).toBe('Up; hit, reprise; fwd=miss')
  })

  it('quotes a detail that is no token', () => {
    expect(statusDetail('set-cookie')).toBe('detail=set-cookie')
    expect(statusDetail('max-age=0')).toBe('detail="max-age=0"')
    expect(statusDetail('a"b\\ü')).toBe('detail="a\\"b\\\\"')
  })
})

describe('storedFields', () => {
  it('leaves out what belongs to one connection, one client or one answer', () => {
    const fields = [
      ...['Content-Type', 'text/html', 'Connection', 'close, X-Hop', 'X-Hop', '1'],
      ...['Keep-Alive', 'timeout=5', 'Transfer-Encoding', 'chunked', 'Content-Length', '5'],
      ...['Age', '3', 'Set-Cookie', 'a=b', 'Trailer', 'x', 'Date', 'd', 'X-Kept', '2'],
    ]

    expect(storedFields(fields, NOW)).toEqual([
      ...['Content-Type', 'text/html', 'Date', 'd', 'X-Kept', '2'],
    ])
  })

  it('adds the Date that the server would', () => {
    expect(storedFields([], NOW)).toEqual(['Date', 'Thu, 01 Jan 2026 00:00:00 GMT'])
  })
})

describe('withHeader', () => {
  it('puts one field in place of all of its name', () => {
    expect(withHeader(['A', '1', 'b', '2', 'a', '3'], 'a', '4')).toEqual(['A', '4', 'b', '2'])
    expect(withHeader(['b', '2'], 'A', '4')).toEqual(['b', '2', 'A', '4'])
  })
})
