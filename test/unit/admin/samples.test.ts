import { describe, expect, it } from 'vitest'
import { matchesGlob } from '../../../src/admin/glob.ts'
import { Histogram, RecentHistogram } from '../../../src/admin/histogram.ts'
import { HistoryRings } from '../../../src/admin/history-rings.ts'
import { TopItems } from '../../../src/admin/top-keys.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'

describe('Histogram', () => {
  it('tells times that are at most a tenth too long, and never too short', () => {
    const histogram = new Histogram()
    for (let ms = 1; ms <= 1000; ms++) histogram.add(ms)

    for (const [share, exact] of [
      [0.5, 500],
      [0.95, 950],
      [0.99, 990],
    ] as const) {
      const told = histogram.quantile(share) ?? 0
      expect(told).toBeGreaterThanOrEqual(exact)
      expect(told).toBeLessThan(exact * 1.1)
    }
  })

  it('says nothing of nothing', () => {
    expect(new Histogram().quantile(0.5)).toBeNull()
  })

  it.each([0, 0.0005, 0.001])('takes %s ms for the least', (ms) => {
    const histogram = new Histogram()
    histogram.add(ms)

    expect(histogram.quantile(1)).toBe(0.001)
  })

  it('forgets what is older than two minutes', () => {
    const clock = new FakeClock()
    const recent = new RecentHistogram(clock)
    recent.add(1)
    clock.advance(61)
    recent.add(2)
    expect(Histogram.sum(recent.parts).total).toBe(2)

    clock.advance(60)
    expect(Histogram.sum(recent.parts).total).toBe(1)

    clock.advance(600)
    expect(Histogram.sum(recent.parts).total).toBe(0)
  })
})

describe('TopItems', () => {
  it('finds whatever is more than its share, with a count that is never too low', () => {
    const random = seededRandom(7)
    const top = new TopItems(20)
    const exact = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      const item = random() < 0.3 ? `hot${i % 3}` : `cold${Math.floor(random() * 5000)}`
      exact.set(item, (exact.get(item) ?? 0) + 1)
      top.add(item)
    }

    const found = top.top(3)

    expect(found.map(({ item }) => item).sort()).toEqual(['hot0', 'hot1', 'hot2'])
    for (const { item, count, error } of top.top(20)) {
      expect(count).toBeGreaterThanOrEqual(exact.get(item) ?? 0)
      expect(count - error).toBeLessThanOrEqual(exact.get(item) ?? 0)
    }
  })
})

describe('matchesGlob', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acd', false],
    ['a?c', 'ac', false],
    ['*b*', 'abc', true],
    ['*ab', 'aab', true],
    ['a.c', 'abc', false],
    ['(a+)+$', 'aaaa', false],
    ['**a', 'ba', true],
  ])('%j of %j: %s', (pattern, text, matches) => {
    expect(matchesGlob(pattern, text)).toBe(matches)
  })

  it('takes no time that grows beyond pattern times text', () => {
    const began = process.cpuUsage()
    expect(matchesGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(5000))).toBe(false)
    expect(process.cpuUsage(began).user).toBeLessThan(500_000)
  })
})

describe('HistoryRings', () => {
  it('keep a point of every ten seconds for six hours, and of every minute for a day', () => {
    const rings = new HistoryRings()
    for (let second = 0; second <= 25 * 3600; second++) rings.add(round(second))

    expect(rings.points(10)).toHaveLength(2160)
    expect(rings.points(60)).toHaveLength(1440)
    expect(rings.points(60).at(-1)?.atMs).toBe(25 * 3600 * 1000)
  })

  it('are of the whole span: hits and misses are added, not ratios', () => {
    const rings = new HistoryRings()
    // Nine seconds with one hit each, and one with 91 misses.
    for (let second = 0; second <= 10; second++) {
      rings.add(round(second, { hits: second, misses: second === 10 ? 91 : 0 }))
    }

    expect(rings.points(10).map(({ applicationHitRatio }) => applicationHitRatio)).toEqual([
      10 / 101,
    ])
  })
})

function round(second: number, { hits = 0, misses = 0 } = {}) {
  const counts = { hits, misses, stale: 0, failed: 0, sets: 0, errors: 0 }
  const at = second * 1000
  return { at, wallMs: at, servers: [], aliases: new Map([['default', counts]]), stores: new Map() }
}
