import { describe, expect, it } from 'vitest'
import { parseListed } from '../../../src/protocol/listed.ts'

describe('parseListed', () => {
  it('reads a line of 1.6.18, with its trailing space', () => {
    expect(
      parseListed('key=foo%20bar%0A exp=1795504161 la=1795503861 cas=7 fetch=yes cls=1 size=63 '),
    ).toEqual({
      key: Buffer.from('foo bar\n'),
      expiresAt: 1_795_504_161,
      lastAccessAt: 1_795_503_861,
      fetched: true,
      slabClass: 1,
      flags: undefined,
      size: 63,
    })
  })

  it('reads by name what later versions add', () => {
    expect(parseListed('key=a exp=-1 la=1 cas=2 fetch=no cls=1 size=60 flags=5')).toEqual({
      key: Buffer.from('a'),
      expiresAt: -1,
      lastAccessAt: 1,
      fetched: false,
      slabClass: 1,
      flags: 5,
      size: 60,
    })
  })

  it('keeps bytes that are no UTF-8', () => {
    expect(parseListed('key=%FF%00 exp=-1 la=1 fetch=no size=60')?.key).toEqual(
      Buffer.from([0xff, 0x00]),
    )
  })

  it.each([
    'key=a',
    'key= exp=1 la=1 size=1',
    'key=%zz exp=1 la=1 size=1',
    'key=a exp=x la=1 size=1',
    'a exp=1 la=1 size=1',
    'END',
    '',
  ])('refuses %j', (line) => {
    expect(parseListed(line)).toBeUndefined()
  })
})
