import { describe, expect, it } from 'vitest'
import { fragmentTtl } from '../../../src/fragments/ttl.ts'

describe('fragmentTtl', () => {
  it.each([
    { ttl: 60, seconds: 60 },
    { ttl: 1.9, seconds: 1.9 },
    { ttl: '60', seconds: 60 },
    { ttl: ' 60 ', seconds: 60 },
    { ttl: '15m', seconds: 900 },
    { ttl: Object('15m'), seconds: 900 },
    { ttl: 0, seconds: 0 },
    { ttl: '-1', seconds: -1 },
    { ttl: null, seconds: Number.POSITIVE_INFINITY },
    { ttl: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY },
  ])('reads $ttl as $seconds seconds', ({ ttl, seconds }) => {
    expect(fragmentTtl(ttl)).toBe(seconds)
  })

  it.each([
    { ttl: 'fail', shown: '`ttl` is "fail"' },
    { ttl: '', shown: '`ttl` is ""' },
    { ttl: [], shown: '`ttl` is of type array' },
    { ttl: undefined, shown: '`ttl` is of type undefined' },
    { ttl: true, shown: '`ttl` is of type boolean' },
    { ttl: Number.NaN, shown: '`ttl` is NaN' },
  ])('refuses $ttl', ({ ttl, shown }) => {
    expect(() => fragmentTtl(ttl)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(shown),
      }),
    )
  })
})
