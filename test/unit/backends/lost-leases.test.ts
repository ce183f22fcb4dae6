import { describe, expect, it } from 'vitest'
import { LostLeases } from '../../../src/backends/lost-leases.ts'
import { FakeClock } from '../../../src/testing/index.ts'

describe('LostLeases', () => {
  it('tells once of a lease that may be ours, as long as it lasts', () => {
    const clock = new FakeClock()
    const lost = new LostLeases(clock)
    lost.add('a', 10)
    lost.add('b', 10)

    expect([lost.take('a'), lost.take('a'), lost.take('c')]).toEqual([true, false, false])
    clock.advance(10)
    expect(lost.take('b')).toBe(false)
  })

  it('keeps a thousand and forgets the oldest', () => {
    const lost = new LostLeases(new FakeClock())
    for (let i = 0; i <= 1000; i++) lost.add(`k${i}`, 10)

    expect([lost.take('k0'), lost.take('k1'), lost.take('k1000')]).toEqual([false, true, true])
  })
})
