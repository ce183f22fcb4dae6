/**
 * Units, as names, and the one place that reads a duration which a user wrote.
 *
 * They are plain numbers: the alias tells the reader, not the compiler. Rule: a duration is in
 * milliseconds exactly when its name ends in `Ms`. Every other duration is in seconds, because
 * memcached and HTTP count in seconds.
 */

import { optionError } from './errors.ts'

/** Seconds; fractions are allowed where a type says {@link Duration}. */
export type Seconds = number

/** Milliseconds. */
export type Milliseconds = number

/** A count of bytes, never of characters. */
export type Bytes = number

/** Seconds as a number, or a string such as `'90s'`, `'15m'`, `'12h'`, `'7d'`, `'250ms'`. `Infinity`: for ever. */
export type Duration = Seconds | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** A count of bytes, or a string such as `'64mb'`, `'512kb'`, `'1gb'`: powers of 1024. */
export type Size = Bytes | `${number}${'b' | 'kb' | 'mb' | 'gb'}`

const SECONDS_PER: Record<string, Seconds> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }
const BYTES_PER: Record<string, Bytes> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }
const DURATION = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const SIZE = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)$/i

/** Returns `duration` in seconds, or throws `ERR_OPTION_INVALID` naming `option`. */
export function parseDuration(option: string, duration: Duration): Seconds {
  if (typeof duration === 'number' && !Number.isNaN(duration)) return duration
  const [, amount, unit] = typeof duration === 'string' ? (DURATION.exec(duration) ?? []) : []
  if (amount === undefined || unit === undefined) {
    throw optionError(
      option,
      duration,
      "seconds, Infinity, or a string such as '90s' or '15m' (units: ms, s, m, h, d)",
    )
  }
  return Number(amount) * (SECONDS_PER[unit] ?? 1)
}

/** Returns `size` in whole bytes, or throws `ERR_OPTION_INVALID` naming `option`. */
export function parseSize(option: string, size: Size): Bytes {
  const [, amount, unit = ''] = typeof size === 'string' ? (SIZE.exec(size) ?? []) : []
  const bytes = Math.floor(
    typeof size === 'number' ? size : Number(amount) * (BYTES_PER[unit.toLowerCase()] ?? 1),
  )
  if (bytes >= 1) return bytes
  throw optionError(option, size, "bytes, 1 or more, or a string such as '64mb'")
}
