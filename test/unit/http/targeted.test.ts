import { describe, expect, it } from 'vitest'
import { parseTargeted, targetedControl } from '../../../src/http/targeted.ts'

const read = (text: string) => {
  const directives = parseTargeted(text)
  return directives && Object.fromEntries(directives)
}

describe('parseTargeted', () => {
  it('reads flags, seconds and text', () => {
    expect(read('max-age=60, public, x="a, b"')).toEqual({
      'max-age': ['60'],
      public: [''],
      x: ['a, b'],
    })
    expect(read('no-store')).toEqual({ 'no-store': [''] })
    expect(read('max-age=60;p=1;q, must-revalidate')).toEqual({
      'max-age': ['60'],
      'must-revalidate': [''],
    })
  })

  it('ignores a field that is no dictionary as a whole', () => {
    for (const text of [
      '',
      '  ',
      'max-age=60,',
      'Max-Age=60',
      'max-age 60',
      'max-age=&',
      ',a',
      'a=("b"',
    ]) {
      expect([text, parseTargeted(text)]).toEqual([text, undefined])
    }
  })

  it('leaves out a lifetime that is no whole number, and a flag that is false', () => {
    expect(read('max-age=1.5, s-maxage="60", stale-if-error=-1, private=?0, no-cache')).toEqual({
      'no-cache': [''],
    })
  })

  it('counts the last of several members of a name', () => {
    expect(read('max-age=60, max-age=10')).toEqual({ 'max-age': ['10'] })
    expect(read('no-store, no-store=?0, max-age=1')).toEqual({ 'max-age': ['1'] })
  })
})

describe('targetedControl', () => {
  it('gives the first field of the list that is valid', () => {
    const headers = ['CDN-Cache-Control', 'max-age=10', 'X-Cache-Control', 'max-age=20']
    const names = ['x-cache-control', 'cdn-cache-control']
    expect(targetedControl(headers, names)?.get('max-age')).toEqual(['20'])
    expect(targetedControl(headers, ['cdn-cache-control'])?.get('max-age')).toEqual(['10'])
    const broken = ['X-Cache-Control', 'max-age=', 'CDN-Cache-Control', 'max-age=10']
    expect(targetedControl(broken, names)?.get('max-age')).toEqual(['10'])
    expect(targetedControl(['Cache-Control', 'max-age=10'], names)).toBeUndefined()
  })
})
