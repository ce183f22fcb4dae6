import { describe, expect, it } from 'vitest'
import { parseInspected } from '../../../src/protocol/inspected.ts'
import { wireKey } from '../../../src/protocol/key.ts'

describe('parseInspected', () => {
  it('reads a line of 1.6.18, whose time left has the wrong sign', () => {
    const line = 'foo exp=-100 la=7 cas=18446744073709551615 fetch=yes cls=1 size=65'

    expect(parseInspected(line, wireKey('foo'))).toEqual({
      ttl: 100,
      idle: 7,
      cas: 18_446_744_073_709_551_615n,
      fetched: true,
      slabClass: 1,
      size: 65,
    })
  })

  it('reads a line of 1.6.24 and later, and what they append', () => {
    const line = 'foo exp=100 la=0 cas=2 fetch=no cls=1 size=65 flags=0'

    expect(parseInspected(line, wireKey('foo'))).toMatchObject({ ttl: 100, fetched: false })
  })

  it('tells what never expires', () => {
    const line = 'foo exp=-1 la=0 cas=2 fetch=no cls=1 size=65'

    expect(parseInspected(line, wireKey('foo'))?.ttl).toBe(-1)
  })

  it.each([
    ['base64, where a base64 key was asked for', 'foo bar', 'Zm9vIGJhcg=='],
    ['raw, where a base64 key was asked for', 'grüße', Buffer.from('grüße').toString('latin1')],
    ['base64, where a plain key was asked for', 'foo', 'Zm9v'],
    ['raw with a blank, stored by the binary protocol', 'foo bar', 'foo bar'],
  ])('finds the key %s', (_, key, named) => {
    const line = `${named} exp=-1 la=0 cas=2 fetch=no cls=1 size=65`

    expect(parseInspected(line, wireKey(key))?.cas).toBe(2n)
  })

  it.each([
    'bar exp=-1 la=0 cas=2 fetch=no cls=1 size=65',
    'foo2 exp=-1 la=0 cas=2 fetch=no cls=1 size=65',
    'foo la=0 cas=2 fetch=no cls=1 size=65',
    'foo exp=x la=0 cas=2 fetch=no cls=1 size=65',
    'foo exp=-1 la=0 cas=-2 fetch=no cls=1 size=65',
    'foo',
    '',
  ])('refuses %j', (line) => {
    expect(parseInspected(line, wireKey('foo'))).toBeUndefined()
  })
})
