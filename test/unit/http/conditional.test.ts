import { describe, expect, it } from 'vitest'
import {
  type Conditions,
  evaluateConditions,
  matchesStrongly,
  matchesWeakly,
  notModifiedHeaders,
  parseEntityTags,
  type Validators,
} from '../../../src/http/conditional.ts'

const NOW = Date.UTC(2026, 0, 1)
const MODIFIED = 'Sun, 21 Oct 2007 23:21:47 GMT'
const NEWER = 'Mon, 18 Oct 2010 16:56:23 GMT'
const OLDER = 'Mon, 18 Oct 2004 16:56:23 GMT'
const INVALID = 'Mon, 32 Oct 2010 16:56:23 GMT'
const TAG = '"b4246ffc4f62314ca13147c9d4f76974"'
const OTHER = '"7fae4cd4b0f81e7d2914700043aa8ed6"'
const BOTH = { etag: TAG, lastModified: MODIFIED }

const ask = (method: string, conditions: Conditions, validators: Validators = BOTH) =>
  evaluateConditions(method, conditions, validators, NOW)
const get = (conditions: Conditions, validators?: Validators) => ask('GET', conditions, validators)

describe('entity tags', () => {
  it('167: are read from a list; weak ones stay, invalid ones go', () => {
    expect(parseEntityTags('"a", W/"b" , c, "d"')).toEqual(['"a"', 'W/"b"', '"d"'])
    expect(parseEntityTags('*')).toEqual(['*'])
    expect(parseEntityTags(' * ')).toEqual(['*'])
    expect(parseEntityTags('"a,b", ""')).toEqual(['"a,b"', '""'])
    expect(parseEntityTags('etag, w/"a", "b')).toEqual([])
    expect(parseEntityTags('"a\\", "b"')).toEqual(['"a\\"', '"b"'])
  })

  it('compare weakly and strongly as in RFC 9110 section 8.8.3.2', () => {
    const rows = [
      ['W/"1"', 'W/"1"', false, true],
      ['W/"1"', 'W/"2"', false, false],
      ['W/"1"', '"1"', false, true],
      ['"1"', '"1"', true, true],
    ] as const
    for (const [one, other, strong, weak] of rows) {
      expect([matchesStrongly(one, other), matchesWeakly(one, other)]).toEqual([strong, weak])
    }
  })
})

describe('evaluateConditions', () => {
  it('263: gives all where there are no conditions', () => {
    expect(get({})).toBe('full')
  })

  it('264: answers If-Modified-Since', () => {
    expect(get({ ifModifiedSince: MODIFIED })).toBe('not-modified')
    expect(get({ ifModifiedSince: NEWER })).toBe('not-modified')
    expect(ask('PUT', { ifModifiedSince: MODIFIED })).toBe('full')
    expect(get({ ifModifiedSince: INVALID })).toBe('full')
    expect(get({ ifModifiedSince: OLDER })).toBe('full')
  })

  it('265: answers If-Unmodified-Since', () => {
    expect(get({ ifUnmodifiedSince: MODIFIED })).toBe('full')
    expect(get({ ifUnmodifiedSince: NEWER })).toBe('full')
    expect(get({ ifUnmodifiedSince: INVALID })).toBe('full')
    expect(get({ ifUnmodifiedSince: OLDER })).toBe('failed')
  })

  it('266: answers If-None-Match', () => {
    expect(get({ ifNoneMatch: TAG })).toBe('not-modified')
    expect(ask('PUT', { ifNoneMatch: TAG })).toBe('failed')
    expect(get({ ifNoneMatch: OTHER })).toBe('full')
    expect(get({ ifNoneMatch: `${TAG}, ${OTHER}` })).toBe('not-modified')
  })

  it('267: compares If-None-Match weakly, both ways', () => {
    expect(get({ ifNoneMatch: `W/${TAG}` })).toBe('not-modified')
    expect(get({ ifNoneMatch: TAG }, { etag: `W/${TAG}` })).toBe('not-modified')
  })

  it('268: lets * match any tag, but not none', () => {
    expect(get({ ifNoneMatch: '*' })).toBe('not-modified')
    expect(get({ ifNoneMatch: '*' }, { lastModified: MODIFIED })).toBe('full')
  })

  it('269: answers If-Match', () => {
    expect(ask('PUT', { ifMatch: TAG })).toBe('full')
    expect(ask('PUT', { ifMatch: OTHER })).toBe('failed')
  })

  it('270: lets no weak tag match If-Match', () => {
    expect(ask('PUT', { ifMatch: `W/${TAG}` })).toBe('failed')
    expect(ask('PUT', { ifMatch: `W/${TAG}` }, { etag: `W/${TAG}` })).toBe('failed')
  })

  it('271: lets * match If-Match where there is a tag', () => {
    expect(get({ ifMatch: '*' })).toBe('full')
    expect(get({ ifMatch: '*' }, { lastModified: MODIFIED })).toBe('failed')
  })

  it('272: ignores If-Modified-Since beside If-None-Match', () => {
    expect(get({ ifModifiedSince: MODIFIED, ifNoneMatch: TAG })).toBe('not-modified')
    expect(get({ ifModifiedSince: OLDER, ifNoneMatch: TAG })).toBe('not-modified')
    expect(get({ ifModifiedSince: MODIFIED, ifNoneMatch: OTHER })).toBe('full')
    expect(get({ ifModifiedSince: OLDER, ifNoneMatch: OTHER })).toBe('full')
  })

  it('273: ignores If-Unmodified-Since beside If-Match', () => {
    expect(get({ ifUnmodifiedSince: MODIFIED, ifMatch: TAG })).toBe('full')
    expect(get({ ifUnmodifiedSince: OLDER, ifMatch: TAG })).toBe('full')
    expect(get({ ifUnmodifiedSince: MODIFIED, ifMatch: OTHER })).toBe('failed')
  })

  it('274: needs a Last-Modified for If-Modified-Since', () => {
    expect(get({ ifModifiedSince: MODIFIED }, { lastModified: MODIFIED })).toBe('not-modified')
    expect(get({ ifModifiedSince: MODIFIED }, { etag: TAG })).toBe('full')
  })

  it('275: needs a tag for If-None-Match', () => {
    expect(get({ ifNoneMatch: TAG }, { etag: TAG })).toBe('not-modified')
    expect(get({ ifNoneMatch: TAG }, { lastModified: MODIFIED })).toBe('full')
  })

  it('276: gives all where it changed since', () => {
    expect(get({ ifModifiedSince: OLDER }, { lastModified: MODIFIED })).toBe('full')
  })

  it('277: gives all where the tag is another', () => {
    expect(get({ ifNoneMatch: OTHER }, { etag: TAG })).toBe('full')
  })

  it('280: fails If-Unmodified-Since also where there is no Last-Modified', () => {
    expect(get({ ifUnmodifiedSince: OLDER }, { lastModified: MODIFIED })).toBe('failed')
    expect(get({ ifUnmodifiedSince: OLDER }, { etag: TAG })).toBe('failed')
  })

  it('281: gives all where it was not modified since', () => {
    expect(get({ ifUnmodifiedSince: MODIFIED }, { lastModified: MODIFIED })).toBe('full')
  })

  it('283: answers a HEAD as a GET', () => {
    expect(ask('HEAD', { ifModifiedSince: MODIFIED })).toBe('not-modified')
  })

  it('286: takes a malformed If-None-Match for none that matches', () => {
    expect(get({ ifNoneMatch: '"""' })).toBe('full')
  })
})

describe('notModifiedHeaders', () => {
  it('257: keeps exactly the fields of a 304', () => {
    const kept = [
      'Cache-Control: a',
      'Content-Location: b',
      'Date: c',
      'ETag: d',
      'Expires: e',
      'Last-Modified: f',
      'Vary: g',
      'Set-Cookie: h',
    ].flatMap((line) => line.split(': '))

    expect(notModifiedHeaders([...kept, 'Content-Language', 'de', 'X-Other', 'y'])).toEqual(kept)
  })
})
