import { describe, expect, it } from 'vitest'
import { formatHttpDate, parseHttpDate } from '../../../src/http/http-date.ts'

const NOW = Date.UTC(2026, 6, 1)
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)

describe('dates of HTTP', () => {
  it('169: are written in the one form', () => {
    expect(formatHttpDate(EXAMPLE)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
  })

  it.each([
    ['170', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['171', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['172', 'Sun Nov  6 08:49:37 1994'],
    ['172', 'Sun Nov 06 08:49:37 1994'],
    ['170', ' Sun, 06 Nov 1994 08:49:37 GMT '],
  ])('%s: are read as %j', (_line, text) => {
    expect(parseHttpDate(text, NOW)).toBe(EXAMPLE)
  })

  it.each([
    ['Friday, 31-Dec-76 00:00:00 GMT', 2076],
    ['Friday, 31-Dec-77 00:00:00 GMT', 1977],
    ['Friday, 31-Dec-00 00:00:00 GMT', 2000],
  ])('171: put %j within 50 years ahead', (text, year) => {
    expect(parseHttpDate(text, NOW)).toBe(Date.UTC(year, 11, 31))
  })

  it('173: are refused with digits that are not ASCII', () => {
    expect(parseHttpDate('Sun Nov  6 08:49:37 １９９４', NOW)).toBeUndefined()
    expect(parseHttpDate('Sun, ٠٦ Nov 1994 08:49:37 GMT', NOW)).toBeUndefined()
  })

  it('174: take the year 0037 for 2037', () => {
    expect(parseHttpDate('Sun, 06 Nov 0037 08:49:37 GMT', NOW)).toBe(
      Date.UTC(2037, 10, 6, 8, 49, 37),
    )
  })

  it.each([
    undefined,
    '',
    '0',
    '-1',
    'soon',
    'Sun, 31 Feb 2026 00:00:00 GMT',
    '2026-01-01T00:00:00Z',
  ])('are refused as %j', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined()
  })
})
