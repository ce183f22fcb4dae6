import { describe, expect, it } from 'vitest'
import { type QueryRule, queryKey, TRACKING_PARAMETERS } from '../../../src/http/query.ts'

const keyed = (rule: QueryRule, ...targets: string[]) => targets.map(queryKey(rule))

describe('the query in a key', () => {
  it('is as it was sent, unless told otherwise', () => {
    expect(keyed('as-sent', '/?b=1&a=2', '/?', '/')).toEqual(['/?b=1&a=2', '/?', '/'])
  })

  it('has its parameters in the order of their names', () => {
    expect(keyed('sorted', '/a?b=1&a=2', '/a?a=2&b=1', '/a?c&b=&a')).toEqual([
      '/a?a=2&b=1',
      '/a?a=2&b=1',
      '/a?a&b=&c',
    ])
  })

  it('keeps the order of repeated parameters', () => {
    expect(keyed('sorted', '/?b=2&a=1&b=1', '/?b=1&a=1&b=2')).toEqual([
      '/?a=1&b=2&b=1',
      '/?a=1&b=1&b=2',
    ])
  })

  it('keeps the order of what a parser may take for one parameter', () => {
    expect(keyed('sorted', '/?a[0]=x&a=y', '/?a=y&a[0]=x')).toEqual([
      '/?a[0]=x&a=y',
      '/?a=y&a[0]=x',
    ])
    expect(keyed('sorted', '/?a%5B%5D=x&a[]=y', '/?a[]=y&a%5b%5d=x')).toEqual([
      '/?a%5B%5D=x&a[]=y',
      '/?a[]=y&a%5b%5d=x',
    ])
    expect(keyed('sorted', '/?A=1&a=2', '/?a=2&A=1')).toEqual(['/?A=1&a=2', '/?a=2&A=1'])
  })

  it('leaves out what advertisers add', () => {
    expect(
      keyed('normalized', '/?utm_source=x&page=2&fbclid=y', '/?gclid=1', '/?utm=1&xutm_a=2'),
    ).toEqual(['/?page=2', '/', '/?utm=1&xutm_a=2'])
    expect(TRACKING_PARAMETERS).toContain('utm_*')
  })

  it('has only what is named', () => {
    expect(keyed({ only: ['page', 'f_*'] }, '/?x=1&page=2&f_a=3', '/?x=1', '/?only=page')).toEqual([
      '/?f_a=3&page=2',
      '/',
      '/',
    ])
  })

  it('keeps what parsers may take for what is named', () => {
    expect(keyed({ only: ['page'] }, '/?page[]=evil', '/?PAGE=evil', '/?page.x=1')).toEqual([
      '/?page[]=evil',
      '/?PAGE=evil',
      '/?page.x=1',
    ])
  })

  it('has all but what is dropped', () => {
    expect(keyed({ drop: ['ref', 's_*'] }, '/?ref=1&s_a=2&b=3&ref[]=4')).toEqual(['/?b=3&ref[]=4'])
    expect(keyed({ only: ['a', 'b'], drop: ['b'] }, '/?c=1&b=2&a=3')).toEqual(['/?a=3'])
  })

  it.each([
    ['a semicolon', '/?utm_content=x;callback=evil&a=1'],
    ['a second question mark', '/?utm_content=x?callback=evil'],
    ['a hash', '/?utm_content=x#&callback=evil'],
    ['an encoded name', '/?%75tm_content=x'],
    ['a name with a plus', '/?+page=1&utm_source=x'],
    ['a name in brackets', '/?[page]=1&utm_source=x'],
    ['a bracket that is not closed', '/?a[b=1&utm_source=x'],
    ['an empty name', '/?=1&utm_source=x'],
    ['nothing between two parameters', '/?b=1&&a=2'],
  ])('is taken as it was sent with %s', (_, target) => {
    for (const rule of ['sorted', 'normalized', { only: ['a'] }] satisfies QueryRule[]) {
      expect(keyed(rule, target)).toEqual([target])
    }
  })

  it('is taken as it was sent where a parser may not read all of it', () => {
    const flood = `/?${'utm_a=1&'.repeat(100)}page=2`

    expect(keyed('normalized', flood)).toEqual([flood])
    expect(keyed('normalized', `/?${'utm_a=1&'.repeat(99)}page=2`)).toEqual(['/?page=2'])
  })

  it.each([
    'all',
    null,
    { only: 'page' },
    { only: [''] },
    { drop: ['a b'] },
    { drop: ['a*b'] },
    { keep: ['a'] },
  ])('refuses %j', (rule) => {
    expect(() => queryKey(rule as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})
