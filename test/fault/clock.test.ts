import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { expectHonest, expectRecovered, TIMEOUT_MS } from '../support/invariants.ts'
import { Load } from '../support/load.ts'
import { startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/** The system's clock, which somebody sets. */
class SetClock implements Clock {
  #aheadMs = 0
  readonly sleep = systemClock.sleep

  now(): number {
    return systemClock.now() + this.#aheadMs
  }

  monotonic(): number {
    return systemClock.monotonic()
  }

  jump(seconds: number): void {
    this.#aheadMs += seconds * 1000
  }
}

describe.each([HOUR, -HOUR])('a clock that jumps by %i s', (jump) => {
  it.concurrent('row 15: moves no deadline, no back-off and no value', async () => {
    const clock = new SetClock()
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    const name = `127.0.0.1:${proxy.port}`
    await using load = await Load.start({ servers: [name], timeoutMs: TIMEOUT_MS, clock })

    clock.jump(jump)
    await sleep(300)
    const calm = load.take()
    await proxy.set({ kind: 'hang' })
    await sleep(100)
    clock.jump(-jump)
    await sleep(900)
    const during = load.take()
    clock.jump(jump)
    await proxy.set({ kind: 'pass' })
    await expectRecovered(load, name)

    expectHonest(calm)
    expect(calm.failures).toEqual(new Map())
    expectHonest(during)
    expect(during.failures.get('ERR_TIMEOUT')).toBeGreaterThan(0)
    expectHonest(load.take())
  })

  it.concurrent('row 15: costs a long lifetime no more than itself', async () => {
    const clock = new SetClock()
    await using server = await startMemcached()
    await using client = openClient({ servers: `127.0.0.1:${server.port}`, clock })
    clock.jump(jump)

    await client.set('k', 'v', { ttl: 40 * DAY })

    // Beyond 30 days memcached takes a point in time: there the clocks must agree, and differ by this.
    const left = Number(/t(\d+)/.exec(await ask(server.port, 'mg k t\r\n'))?.[1])
    expect(Math.abs(left - (40 * DAY + jump))).toBeLessThan(10)
    expect((await client.get('k'))?.value.toString()).toBe('v')
  })

  it.concurrent('row 15: leaves a cached value what it is, or makes it a miss', async () => {
    const clock = new SetClock()
    await using server = await startMemcached()
    const location = `127.0.0.1:${server.port}`
    await using caches = createCaches({ default: { backend: 'memcached', location } }, { clock })
    const cache = caches.default
    let computed = 0
    const read = () => cache.getOrSet('k', () => `value ${++computed}`, { ttl: 60 })
    expect(await read()).toBe('value 1')

    clock.jump(jump)

    expect(await read()).toBe(`value ${computed}`)
    expect(computed).toBe(jump > 0 ? 2 : 1)
    expect(await read()).toBe(`value ${computed}`)
    clock.jump(-jump)
    expect(await read()).toMatch(/^value \d$/)
    expect(computed).toBeLessThanOrEqual(3)
  })
})
