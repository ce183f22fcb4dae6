/**
 * For how long a response says of itself that it is fresh, and how old it is: RFC 9111 section 4.2.
 *
 * @module
 */

import type { Milliseconds, Seconds } from '../units.ts'
import { type Directives, directiveSeconds } from './cache-control.ts'
import { parseHttpDate } from './http-date.ts'
import { type HeaderList, headerValue, headerValues } from './message.ts'

/** A response whose lifetime is asked for. */
export interface FreshnessQuestion {
  readonly status: number
  readonly headers: HeaderList
  /** What it says to this cache: of its `Cache-Control`, or of a field for caches of this kind. */
  readonly control: Directives
  /** Then `Expires` does not count (RFC 9213 section 2.2). */
  readonly isTargeted: boolean
  /** Section 4.2.2: this share of the time since `Last-Modified`. 0: nothing is guessed. */
  readonly heuristic: number
  readonly now: Milliseconds
}

/** The status codes that RFC 9110 section 15.1 lets a cache guess a lifetime for. */
const GUESSABLE: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
])

/** A guess is never longer: section 4.2.2 asks for care with more than a day. */
const LONGEST_GUESS: Seconds = 86_400

/**
 * `s-maxage`, else `max-age`, else `Expires` less `Date`, else a guess; `undefined`: the response
 * says nothing. Section 4.2.1.
 */
export function statedLifetime(question: FreshnessQuestion): Seconds | undefined {
  const { control, isTargeted } = question
  const directive = directiveSeconds(control, 's-maxage') ?? directiveSeconds(control, 'max-age')
  if (directive !== undefined) return directive
  return (isTargeted ? undefined : expiresLifetime(question)) ?? guessedLifetime(question)
}

/** Section 5.3: what is no date has passed, `0` above all. Of several the first one counts. */
export function expiresLifetime({
  headers,
  now,
}: Pick<FreshnessQuestion, 'headers' | 'now'>): Seconds | undefined {
  const expires = headerValues(headers, 'expires')[0]
  if (expires === undefined) return undefined
  const until = parseHttpDate(expires, now) ?? 0
  return Math.max(0, Math.floor((until - dateOf(headers, now)) / 1000))
}

function guessedLifetime(question: FreshnessQuestion): Seconds | undefined {
  const { status, headers, control, heuristic, now } = question
  if (heuristic === 0 || !(GUESSABLE.has(status) || control.has('public'))) return undefined
  const modified = parseHttpDate(headerValue(headers, 'last-modified'), now)
  if (modified === undefined) return undefined
  const unchanged = (dateOf(headers, now) - modified) / 1000
  return Math.max(0, Math.min(LONGEST_GUESS, Math.floor(unchanged * heuristic)))
}

function dateOf(headers: HeaderList, now: Milliseconds): Milliseconds {
  return parseHttpDate(headerValue(headers, 'date'), now) ?? now
}

/** The `Age` of a response (section 5.1). A value that is no number is as good as none. */
export function statedAge(headers: HeaderList): Seconds {
  const text = headerValues(headers, 'age')[0]?.trim() ?? ''
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : 0
}

/**
 * How old a response was when it was asked for: the older of its `Age` and what its `Date` tells
 * (section 4.2.3). The time that it took counts as time in the cache.
 */
export function ageOnRequest(
  headers: HeaderList,
  requestedAt: Milliseconds,
  now: Milliseconds,
): Seconds {
  const sentAt = dateOf(headers, now)
  return Math.max(statedAge(headers), Math.floor((requestedAt - sentAt) / 1000))
}
