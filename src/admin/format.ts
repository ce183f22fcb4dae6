/**
 * Figures as people read them, the same in the browser and in the terminal. English, because the
 * whole of the dashboard is.
 *
 * @module
 */

import type { Bytes, Seconds } from '../units.ts'

/** What stands where there is nothing to say. */
export const NOTHING = '–'

/** `'75.0 %'`. Not rounded up to `'100.0 %'`, nor down to `'0.0 %'`: one miss shows. */
export function formatPercent(ratio: number | null): string {
  if (ratio === null) return NOTHING
  const percent = Math.round(ratio * 1000) / 10
  if (percent === 100 && ratio < 1) return '99.9 %'
  if (percent === 0 && ratio > 0) return '0.1 %'
  return `${percent.toFixed(1)} %`
}

/** `'0'`, `'0.4'`, `'12'`, `'1,234'`, `'45.6k'`, `'1.2M'`. */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null) return NOTHING
  if (perSecond > 0 && perSecond < 0.1) return '<0.1'
  if (perSecond < 9.95) return trimZero(perSecond.toFixed(1))
  if (perSecond < 9999.5) return grouped(perSecond)
  return short(perSecond)
}

/** `'12,345'`; from a million on `'1.2M'`. */
export function formatCount(count: number | null): string {
  if (count === null) return NOTHING
  return count < 999_999.5 ? grouped(count) : short(count)
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `'512 B'`, `'1.5 MiB'`: powers of 1024. */
export function formatBytes(bytes: Bytes | null): string {
  if (bytes === null) return NOTHING
  let [amount, power] = [bytes, 0]
  while (amount >= 1023.5 && power < SIZES.length - 1) [amount, power] = [amount / 1024, power + 1]
  const text = amount < 99.95 ? trimZero(amount.toFixed(1)) : amount.toFixed(0)
  return `${text} ${SIZES[power] ?? ''}`
}

/** Two units at most: `'45 s'`, `'3 min 20 s'`, `'2 h 5 min'`, `'12 d 3 h'`. */
export function formatDuration(seconds: Seconds | null): string {
  if (seconds === null) return NOTHING
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return pair(whole, 60, 'min', 's')
  if (whole < 86_400) return pair(Math.floor(whole / 60), 60, 'h', 'min')
  return pair(Math.floor(whole / 3600), 24, 'd', 'h')
}

function pair(amount: number, per: number, big: string, small: string): string {
  const rest = amount % per
  const head = `${Math.floor(amount / per)} ${big}`
  return rest === 0 ? head : `${head} ${rest} ${small}`
}

function short(amount: number): string {
  if (amount < 999_950) return `${trimZero((amount / 1e3).toFixed(1))}k`
  return amount < 999_950_000
    ? `${trimZero((amount / 1e6).toFixed(1))}M`
    : `${trimZero((amount / 1e9).toFixed(1))}G`
}

function grouped(amount: number): string {
  return amount.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text
}
