import { describe, expect, it } from 'vitest'
import { parseListed } from '../../../src/protocol/stats.ts'

describe('parseListed', () => {
  it('reads a line of 1.6.18, with its trailing space', () => {
    expect(
      parseListed('foo%20bar%0A exp=1795504161 la=1795503861 cas=7 fetch=yes cls=1 size=63 '),
    ).toEqual({
      key: Buffer.from('foo bar\n'),
      expiresAt: 1_795_504_161,
      lastAccessAt: 1_795_503_861,
      fetched: true,
      size: 63,
    })
  })

  it('reads by name what later versions add', () => {
    expect(parseListed('a exp=-1 la=1 cas=2 fetch=no cls=1 size=60 flags=0')).toEqual({
      key: Buffer.from('a'),
      expiresAt: -1,
      lastAccessAt: 1,
      fetched: false,
      size: 60,
    })
  })

  it('keeps bytes that are no UTF-8', () => {
    expect(parseListed('%FF%00 exp=-1 la=1 fetch=no size=60')?.key).toEqual(
      Buffer.from([0xff, 0x00]),
    )
  })

  it.each(['a', ' exp=1 la=1 size=1', '%zz exp=1 la=1 size=1', 'a exp=x la=1 size=1', ''])(
    'refuses %j',
    (text) => {
      expect(parseListed(text)).toBeUndefined()
    },
  )
})
