import { describe, expect, it } from 'vitest'
import { checkTags, judge, newVersion, versionOf } from '../../../src/cache/tags.ts'

const found = (value: unknown, state: 'fresh' | 'stale' = 'fresh') => ({
  value: value as never,
  state,
  ageMs: 0,
  ttlLeft: 1,
  staleMs: 0,
})

describe('judge', () => {
  const carried = new Map([
    ['a', '100'],
    ['b', '200'],
  ])

  it.each([
    ['valid', { a: '100', b: '200' }],
    ['valid', { a: '100', b: '200', c: '7' }],
    ['stale', { a: '101', b: '200' }],
    ['stale', { a: '100', b: '65736' }],
    // Beyond what counts as invalidated softly, or below: made anew.
    ['unusable', { a: '100', b: '65737' }],
    ['unusable', { a: '99', b: '200' }],
    ['unusable', { a: '100', b: undefined }],
    ['unusable', { a: '101', b: undefined }],
    ['unusable', { a: '100', b: 'NaN' }],
    ['unknown', { a: '100' }],
    ['unknown', { a: '101' }],
    ['unusable', { b: '4503599627370495' }],
  ] as const)('says %s where the versions are %j', (verdict, now) => {
    expect(judge(carried, new Map(Object.entries(now)))).toBe(verdict)
  })

  it('takes what carries no tags for valid', () => {
    expect(judge(undefined, new Map())).toBe('valid')
    expect(judge(new Map(), new Map())).toBe('valid')
  })
})

describe('a version', () => {
  it('is another one each time', () => {
    const versions = new Set(Array.from({ length: 1000 }, newVersion))
    expect(versions.size).toBe(1000)
    for (const version of versions) {
      expect(Number.isInteger(version) && version >= 0 && version < 2 ** 52).toBe(true)
    }
  })

  it.each([
    [found(4_503_599_627_370_495), '4503599627370495'],
    [found(0), '0'],
    [found('5'), undefined],
    [found(1.5), undefined],
    [found(2n ** 60n), undefined],
    [found(5, 'stale'), undefined],
    [undefined, undefined],
  ])('is a whole number: %#', (item, version) => {
    expect(versionOf(item)).toBe(version)
  })
})

describe('the names of tags', () => {
  it('are taken from any list, once each', () => {
    expect(checkTags(['a', 'b', 'a'])).toEqual(['a', 'b'])
    expect(checkTags(new Set(['naïve', ':', ' ']))).toEqual(['naïve', ':', ' '])
    expect(checkTags([])).toEqual([])
    expect(checkTags(Array.from({ length: 100 }, (_, i) => `${i}`))).toHaveLength(100)
  })

  it.each([
    ['rates', 'is "rates"'],
    [undefined, 'is undefined'],
    [5, 'is 5'],
    [[''], 'is ""'],
    [['a', 5], 'is 5'],
    [['\ud800'], 'is "\\ud800"'],
    [['x'.repeat(1001)], 'is "xxx'],
    [Array.from({ length: 101 }, (_, i) => `${i}`), 'is "101 names"'],
  ])('are refused where they are none: %#', (tags, message) => {
    expect(() => checkTags(tags as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })
})
