import { describe, expect, it } from 'vitest'
import {
  directiveSeconds,
  parseCacheControl,
  patchCacheControl,
  splitList,
} from '../../../src/http/cache-control.ts'

const names = (text: string | string[]) => [...parseCacheControl(text).keys()]

describe('parseCacheControl', () => {
  it('166: lower-cases names and strips blanks around names, equals signs and values', () => {
    expect(names('No-Store,  MAX-AGE = 60 ,\tprivate')).toEqual(['no-store', 'max-age', 'private'])
    expect([...parseCacheControl(' max-age = 60 ')]).toEqual([['max-age', ['60']]])
    expect(names('="x", no-cache')).toEqual(['no-cache'])
  })

  it('joins all lines', () => {
    expect(names(['max-age=60', 'Private'])).toEqual(['max-age', 'private'])
    expect(names([])).toEqual([])
    expect([...parseCacheControl(undefined).keys()]).toEqual([])
  })

  it.each([
    ['private="Set-Cookie"', 'Set-Cookie'],
    ['private=""', ''],
    ['private=" authorization"', ' authorization'],
    ['private="a, b"', 'a, b'],
    ['private="a \\"b\\" \\\\c"', 'a "b" \\c'],
    ['private', ''],
    ['private=', ''],
    ['private="', '"'],
  ])('reads %s', (text, value) => {
    expect(parseCacheControl(text).get('private')).toEqual([value])
  })

  it('lets no quote that is out of place hide what follows', () => {
    expect(names('max-age=60, x="a, private')).toContain('private')
    expect(names('x="a, private, y="b"')).toContain('private')
    expect(names('x="a\\", private')).toContain('private')
    expect(names('"x", private')).toContain('private')
  })

  it.each(['private; max-age=0', 'public private', 'max-age=60; private', 'max-age=60 private'])(
    'sees private in %j, which has no commas',
    (text) => {
      expect(names(text)).toContain('private')
      expect(directiveSeconds(parseCacheControl('max-age=60 private'), 'max-age')).toBe(60)
    },
  )

  it('tells a longer name from the directive in it', () => {
    expect(names('myprivate, no-storekeeper, my-directive="no-store"')).toEqual([
      'myprivate',
      'no-storekeeper',
      'my-directive',
    ])
  })
})

describe('directiveSeconds', () => {
  const maxAge = (text: string) => directiveSeconds(parseCacheControl(text), 'max-age')

  it.each([
    ' max-age=300',
    '\tmax-age=300',
    'public, max-age=300',
    'max-age=300 ',
    'max-age="300"',
  ])('143: finds 300 in %j', (text) => {
    expect(maxAge(text)).toBe(300)
  })

  it('is undefined where there is none', () => {
    expect(maxAge('public')).toBeUndefined()
  })

  it.each(['max-age=', 'max-age', 'max-age=-1', 'max-age=1.5', 'max-age=1e3', 'max-age=soon'])(
    'takes %j for 0',
    (text) => {
      expect(maxAge(text)).toBe(0)
    },
  )

  it('takes the least of several', () => {
    expect(maxAge('max-age=60, max-age=10')).toBe(10)
    expect(maxAge('max-age=60, max-age=x')).toBe(0)
  })

  it('stops at 2^31', () => {
    expect(maxAge('max-age=99999999999999999999')).toBe(2_147_483_648)
  })
})

describe('patchCacheControl', () => {
  it.each([
    [undefined, { private: true }, 'private'],
    ['', { private: true }, 'private'],
    // no-cache
    ['', { noCache: 'Set-Cookie' }, 'no-cache=Set-Cookie'],
    ['', { noCache: true }, 'no-cache'],
    ['no-cache=Set-Cookie', { noCache: true }, 'no-cache'],
    ['no-cache=Set-Cookie,no-cache=Link', { noCache: true }, 'no-cache'],
    ['no-cache=Set-Cookie', { noCache: 'Link' }, 'no-cache=Set-Cookie, no-cache=Link'],
    [
      'no-cache=Set-Cookie,no-cache=Link',
      { noCache: 'Link' },
      'no-cache=Set-Cookie, no-cache=Link',
    ],
    ['no-cache', { noCache: 'Link' }, 'no-cache'],
    ['no-cache=Set-Cookie', { noCache: true, private: true }, 'no-cache, private'],
    // public and private
    ['private', { private: true }, 'private'],
    ['private', { public: true }, 'public'],
    ['public', { public: true }, 'public'],
    ['public', { private: true }, 'private'],
    ['must-revalidate,max-age=60,private', { public: true }, 'must-revalidate, max-age=60, public'],
    [
      'must-revalidate,max-age=60,public',
      { private: true },
      'must-revalidate, max-age=60, private',
    ],
    ['must-revalidate,max-age=60', { public: true }, 'must-revalidate, max-age=60, public'],
    ['', { public: true, private: true }, 'public, private'],
  ])('150: makes of %j with %j %j', (existing, changes, expected) => {
    expect(patchCacheControl(existing, changes)).toBe(expected)
  })

  it('151: reads blanks around the equals sign', () => {
    expect(patchCacheControl('no-cache ="Set-Cookie"', { noCache: true })).toBe('no-cache')
  })

  it('takes the lesser max-age', () => {
    expect(patchCacheControl('max-age=60', { maxAge: 600 })).toBe('max-age=60')
    expect(patchCacheControl('max-age=600', { maxAge: 60 })).toBe('max-age=60')
    expect(patchCacheControl('max-age=10, max-age=20', { maxAge: 60 })).toBe('max-age=10')
  })

  it('replaces a max-age that is no number, where Django fails the page', () => {
    expect(patchCacheControl('max-age=soon', { maxAge: 60 })).toBe('max-age=60')
  })

  it('leaves out what is false or undefined, where Django writes the word', () => {
    expect(patchCacheControl('public', { noStore: false, foo: undefined })).toBe('public')
  })

  it('writes names in their form and values that need it in quotes', () => {
    expect(
      patchCacheControl(undefined, {
        sMaxage: 60,
        sMaxAge: 30,
        must_revalidate: true,
        staleWhileRevalidate: 5,
        ext: 'a "b"',
        custom: 456,
      }),
    ).toBe('s-maxage=30, must-revalidate, stale-while-revalidate=5, ext="a \\"b\\"", custom=456')
  })

  it('keeps a directive that occurs twice', () => {
    expect(patchCacheControl('ext=1, ext=2', { public: true })).toBe('ext=1, ext=2, public')
  })
})

describe('splitList', () => {
  it('164: splits on commas, strips, drops empty parts and keeps semicolons', () => {
    expect(splitList('a, b;c ,, d , ')).toEqual(['a', 'b;c', 'd'])
    expect(splitList('')).toEqual([])
  })
})
