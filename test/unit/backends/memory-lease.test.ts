import { describe, expect, it } from 'vitest'
import { MemoryLeases } from '../../../src/backends/memory-lease.ts'
import { FakeClock } from '../../../src/testing/index.ts'

describe('MemoryLeases', () => {
  it('forgets leases that have ended, also where nobody asks for their keys again', () => {
    const clock = new FakeClock()
    const leases = new MemoryLeases(clock)
    for (let i = 0; i < 10_000; i++) {
      const token = leases.win(`k${i}`, 10)
      if (token !== undefined && i % 2 === 0) leases.backOff(token, 5)
      clock.advance(1)
    }

    expect(leases.size).toBeLessThan(3000)
  })

  it('keeps those that are held, however many', () => {
    const leases = new MemoryLeases(new FakeClock())
    const tokens = Array.from({ length: 5000 }, (_, i) => leases.win(`k${i}`, 10))

    expect(tokens.every((token) => token !== undefined && leases.renew(token, 10))).toBe(true)
    expect(leases.size).toBe(5000)
  })
})
