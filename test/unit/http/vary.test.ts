import { describe, expect, it } from 'vitest'
import { coversVary, hasVary, mergeVary, parseVary, patchVary } from '../../../src/http/vary.ts'

describe('patchVary', () => {
  it.each([
    [undefined, ['Accept-Encoding'], 'Accept-Encoding'],
    ['Accept-Encoding', ['accept-encoding'], 'Accept-Encoding'],
    ['Accept-Encoding', ['ACCEPT-ENCODING'], 'Accept-Encoding'],
    ['Cookie', ['Accept-Encoding'], 'Cookie, Accept-Encoding'],
    ['Cookie, Accept-Encoding', ['Accept-Encoding'], 'Cookie, Accept-Encoding'],
    ['Cookie, Accept-Encoding', ['Accept-Encoding', 'cookie'], 'Cookie, Accept-Encoding'],
    [undefined, ['Accept-Encoding', 'COOKIE'], 'Accept-Encoding, COOKIE'],
    ['Cookie,     Accept-Encoding', ['Accept-Encoding', 'cookie'], 'Cookie, Accept-Encoding'],
    ['Cookie    ,     Accept-Encoding', ['Accept-Encoding', 'cookie'], 'Cookie, Accept-Encoding'],
    ['*', ['Accept-Language', 'Cookie'], '*'],
    ['Accept-Language, Cookie', ['*'], '*'],
  ])('141: makes of %j with %j %j', (existing, names, expected) => {
    expect(patchVary(existing, names)).toBe(expected)
  })

  it.each([
    [' Cookie ', ['Accept-Encoding'], 'Cookie, Accept-Encoding'],
    ['\tCookie\t', ['cookie'], 'Cookie'],
    ['Cookie', [' cookie '], 'Cookie'],
    ['Cookie', ['\tAccept-Encoding '], 'Cookie, Accept-Encoding'],
    [' * ', ['Cookie'], '*'],
    ['Cookie', [' *\t'], '*'],
    ['Cookie, * , Pony', ['Accept'], '*'],
    ['Cookie', ['Accept, Pony'], 'Cookie, Accept, Pony'],
    [' , ,', ['Pony'], 'Pony'],
    ['', [], ''],
  ])('142: makes of the padded %j with %j %j', (existing, names, expected) => {
    expect(patchVary(existing, names)).toBe(expected)
  })
})

describe('hasVary', () => {
  it.each([
    [undefined, 'COOKIE', false],
    ['Cookie', 'COOKIE', true],
    ['Cookie', 'Cookie', true],
    ['Cookie', 'Accept', false],
    ['Cookie, Accept', 'Cookie', true],
    ['Cookie, Accept', 'Accept', true],
    ['Accept, Cookie', 'Cookie', true],
    ['Cookie , x', 'Cookie', true],
    ['\tcookie ', ' Cookie', true],
    ['*', 'Cookie', false],
    ['*', '*', true],
    ['Accept, *', '*', true],
  ])('152: %j has %j: %j', (value, name, expected) => {
    expect(hasVary(value, name)).toBe(expected)
  })
})

describe('parseVary', () => {
  it('joins lines, lower-cases, sorts and drops doubles', () => {
    const headers = ['Vary', 'Cookie , accept', 'X', 'y', 'vary', 'ACCEPT,,']

    expect(parseVary(headers)).toEqual(['accept', 'cookie'])
    expect(parseVary([])).toEqual([])
  })

  it.each(['*', ' * ', 'Cookie, * , Pony', 'a,*', '\u00a0*'])('185: sees the * in %j', (value) => {
    expect(parseVary(['Vary', value])).toBe('*')
  })
})

describe('vary lists', () => {
  it('merge into one that covers both', () => {
    const merged = mergeVary(['a', 'c'], ['b', 'c'])

    expect(merged).toEqual(['a', 'b', 'c'])
    expect(coversVary(merged, ['b'])).toBe(true)
    expect(coversVary(['a'], ['a', 'b'])).toBe(false)
  })
})
