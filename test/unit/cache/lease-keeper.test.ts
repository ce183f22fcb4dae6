import { describe, expect, it } from 'vitest'
import { LeaseKeeper } from '../../../src/cache/lease-keeper.ts'
import { FakeClock } from '../../../src/testing/index.ts'

function lease(leaseFor: number, isHeld = true) {
  return {
    leaseFor,
    renewals: 0,
    released: 0,
    async renew() {
      this.renewals++
      return isHeld
    },
    async release() {
      this.released++
    },
  }
}

/** Moves the clock and lets those that it wakes do their work. */
async function pass(clock: FakeClock, seconds: number): Promise<void> {
  clock.advance(seconds)
  await new Promise((resolve) => setImmediate(resolve))
}

describe('LeaseKeeper', () => {
  it('renews each lease every half of its length', async () => {
    const clock = new FakeClock()
    const keeper = new LeaseKeeper(clock)
    const [short, long] = [lease(2), lease(10)]
    keeper.keep(short)
    keeper.keep(long)
    for (let second = 0; second < 10; second++) await pass(clock, 1)

    expect(short.renewals).toBe(10)
    expect(long.renewals).toBe(2)
  })

  it('stops with the last lease, and starts with the next', async () => {
    const clock = new FakeClock()
    const keeper = new LeaseKeeper(clock)
    const first = lease(2)
    keeper.keep(first)
    keeper.drop(first)
    await pass(clock, 1)
    expect([first.renewals, clock.sleepers]).toEqual([0, 0])

    const second = lease(2)
    keeper.keep(second)
    await pass(clock, 1)
    expect([second.renewals, clock.sleepers]).toEqual([1, 1])
  })

  it('shares one timer among leases of one length', async () => {
    const clock = new FakeClock()
    const keeper = new LeaseKeeper(clock)
    for (let i = 0; i < 100; i++) keeper.keep(lease(10))

    expect(clock.sleepers).toBe(1)
  })

  it('drops a lease that was lost', async () => {
    const clock = new FakeClock()
    const keeper = new LeaseKeeper(clock)
    const lost = lease(2, false)
    keeper.keep(lost)
    await pass(clock, 1)
    await pass(clock, 1)

    expect(lost.renewals).toBe(1)
  })

  it('gives a lease up after 120 renewals', async () => {
    const clock = new FakeClock()
    const keeper = new LeaseKeeper(clock)
    const endless = lease(2)
    keeper.keep(endless)
    for (let i = 0; i < 130; i++) await pass(clock, 1)

    expect([endless.renewals, clock.sleepers]).toEqual([120, 0])
  })

  it('releases all that it keeps', async () => {
    const keeper = new LeaseKeeper(new FakeClock())
    const leases = [lease(2), lease(2), lease(10)]
    for (const one of leases) keeper.keep(one)
    await keeper.releaseAll()

    expect(leases.map(({ released }) => released)).toEqual([1, 1, 1])
  })
})
