import { describe, expect, it } from 'vitest'
import { FakeClock, seededRandom } from '../../../src/testing/index.ts'

describe('FakeClock', () => {
  it('stands still until it is moved', () => {
    const clock = new FakeClock(1000)
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0])

    clock.advance(1.5)

    expect([clock.now(), clock.monotonic()]).toEqual([2500, 1500])
  })

  it('wakes sleepers in order once their time has come', async () => {
    const clock = new FakeClock()
    const woken: string[] = []
    const late = clock.sleep(2000).then(() => woken.push('late'))
    const early = clock.sleep(1000).then(() => woken.push('early'))
    const never = clock.sleep(3001).then(() => woken.push('never'))

    clock.advance(3)
    await Promise.all([late, early])

    expect(woken).toEqual(['early', 'late'])
    expect(clock.sleepers).toBe(1)
    clock.advance(1)
    await never
  })

  it('jumps without waking anybody', () => {
    const clock = new FakeClock(0)
    void clock.sleep(1000)
    clock.jump(-3600)

    expect([clock.now(), clock.monotonic(), clock.sleepers]).toEqual([-3_600_000, 0, 1])
  })
})

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, between 0 and 1', () => {
    const [a, b] = [seededRandom(7), seededRandom(7)]
    const numbers = Array.from({ length: 100 }, a)

    expect(Array.from({ length: 100 }, b)).toEqual(numbers)
    expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true)
    expect(new Set(numbers).size).toBe(100)
    expect(seededRandom(8)()).not.toBe(numbers[0])
  })
})
