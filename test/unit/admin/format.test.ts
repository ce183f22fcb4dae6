import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from '../../../src/admin/format.ts'

describe('formatPercent', () => {
  it.each([
    [null, '–'],
    [0, '0.0 %'],
    [0.75, '75.0 %'],
    [1, '100.0 %'],
    [1.126, '112.6 %'],
  ])('shows %s as %s', (ratio, text) => {
    expect(formatPercent(ratio)).toBe(text)
  })

  it('rounds one miss in a million not away, nor one hit', () => {
    expect(formatPercent(0.999999)).toBe('99.9 %')
    expect(formatPercent(0.000001)).toBe('0.1 %')
  })
})

describe('formatRate', () => {
  it.each([
    [null, '–'],
    [0, '0'],
    [0.04, '<0.1'],
    [0.4, '0.4'],
    [9.96, '10'],
    [12.4, '12'],
    [1234.4, '1,234'],
    [9999.6, '10k'],
    [45_600, '45.6k'],
    [999_960, '1M'],
    [1_250_000, '1.3M'],
  ])('shows %s as %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text)
  })
})

describe('formatCount', () => {
  it.each([
    [null, '–'],
    [7, '7'],
    [999_999, '999,999'],
    [1_000_000, '1M'],
    [2_345_678_901, '2.3G'],
  ])('shows %s as %s', (count, text) => {
    expect(formatCount(count)).toBe(text)
  })
})

describe('formatBytes', () => {
  it.each([
    [null, '–'],
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [67_108_864, '64 MiB'],
    [1_073_741_823, '1 GiB'],
    [1_048_200, '1 MiB'],
  ])('shows %s as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('formatDuration', () => {
  it.each([
    [null, '–'],
    [0.4, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
    [90_000, '1 d 1 h'],
    [1_036_800, '12 d'],
  ])('shows %s as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})
