/**
 * Dates of HTTP in the three forms that RFC 9110 section 5.6.7 asks a recipient to read.
 *
 * @module
 */

import type { Milliseconds } from '../units.ts'

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const TIME = '(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})'
const MONTH = `(?<month>${MONTHS.join('|')})`

// The character classes are spelled out: `\d` is ASCII in JavaScript, but a reader should not need
// to know.
const FORMS = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} ${MONTH} (?<day>[0-9 ][0-9]) ${TIME} (?<year>[0-9]{4})$`),
]

/** The form that is sent: `Sun, 06 Nov 1994 08:49:37 GMT`. */
export function formatHttpDate(time: Milliseconds): string {
  return new Date(time).toUTCString()
}

/**
 * Reads a date of HTTP; `undefined` where it is none.
 *
 * A year of two digits that would be more than 50 years ahead of `now` is one of the past century
 * (RFC 9110 section 5.6.7). A year of four digits below 100 is taken for one of two, as Django does
 * it: 0037 is 2037.
 */
export function parseHttpDate(
  text: string | undefined,
  now: Milliseconds,
): Milliseconds | undefined {
  const trimmed = text?.trim() ?? ''
  for (const form of FORMS) {
    const found = form.exec(trimmed)?.groups
    if (found !== undefined) return dateOf(found, now)
  }
  return undefined
}

function dateOf(part: Record<string, string>, now: Milliseconds): Milliseconds | undefined {
  const year = Number(part.year)
  const month = MONTHS.indexOf(String(part.month))
  const day = Number(part.day)
  const time = Date.UTC(
    year < 100 ? fullYear(year, now) : year,
    month,
    day,
    Number(part.hour),
    Number(part.minute),
    Number(part.second),
  )
  // `Date.UTC` carries 31 February over into March: such a date is none.
  const date = new Date(time)
  return date.getUTCMonth() === month && date.getUTCDate() === day ? time : undefined
}

function fullYear(twoDigits: number, now: Milliseconds): number {
  const thisYear = new Date(now).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + twoDigits
  return year > thisYear + 50 ? year - 100 : year
}
