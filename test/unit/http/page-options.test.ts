import { describe, expect, it } from 'vitest'
import { resolvePageOptions, varyParts } from '../../../src/http/page-options.ts'

describe('resolvePageOptions', () => {
  it('fills holes, also those that are undefined, and reads units', () => {
    expect(resolvePageOptions({ ttl: undefined as never, keyPrefix: 'a' })).toMatchObject({
      ttl: 600,
      keyPrefix: 'a',
      cookies: 'bypass',
      origin: 'request',
      unkeyed: 'refuse',
      waitMs: 3000,
      staleWhileRevalidate: 0,
      maxBodyBytes: 921_600,
      cacheStatus: true,
      query: 'as-sent',
      hosts: [],
      maxVariants: 100,
      exposeTags: false,
      name: undefined,
    })
    expect(
      resolvePageOptions({
        ttl: '15m',
        staleWhileRevalidate: '1h',
        maxBodyBytes: '1kb',
        cookies: ['a'],
        origin: 'HTTPS://Atlas.example:443',
      }),
    ).toMatchObject({
      ttl: 900,
      staleWhileRevalidate: 3600,
      maxBodyBytes: 1024,
      cookies: ['a'],
      origin: 'https://atlas.example',
    })
  })

  it('takes an empty list of cookies for none', () => {
    expect(resolvePageOptions({ cookies: [] }).cookies).toBe('ignore')
  })

  it.each([
    [{ ttl: 'soon' }, '`ttl` is "soon"'],
    [{ keyPrefix: 'a:b' }, '`keyPrefix` is "a:b"'],
    [{ cookies: 'all' }, '`cookies` is "all"'],
    [{ cookies: [''] }, '`cookies` is '],
    [{ cookies: [1] }, '`cookies` is 1'],
    [{ origin: 'atlas' }, '`origin` is "atlas"'],
    [{ origin: 'https://a/b' }, '`origin` is "https://a/b"'],
    [{ origin: 'ftp://a' }, '`origin` is "ftp://a"'],
    [{ unkeyed: 'warn' }, '`unkeyed` is "warn"'],
    [{ waitMs: -1 }, '`waitMs` is -1'],
    [{ waitMs: Number.NaN }, '`waitMs` is NaN'],
    [{ waitMs: Number.POSITIVE_INFINITY }, '`waitMs` is Infinity'],
    [{ waitMs: 2 ** 31 }, '`waitMs` is 2147483648'],
    [{ staleWhileRevalidate: -1 }, '`staleWhileRevalidate` is -1'],
    [{ maxBodyBytes: 0 }, '`maxBodyBytes` is 0'],
  ])('refuses %j', (options, message) => {
    expect(() => resolvePageOptions(options as never)).toThrow(message)
  })
})

describe('varyParts', () => {
  it('takes a value, several, none, or a function that gives one', () => {
    expect(varyParts('de')).toEqual(['de'])
    expect(varyParts(['de', undefined])).toEqual(['de', undefined])
    expect(varyParts(undefined)).toEqual([])
    expect(varyParts(() => 'de')).toEqual(['de'])
  })
})
