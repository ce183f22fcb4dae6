import { channel } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerMessage } from '../../../src/channels.ts'
import { CacheError } from '../../../src/errors.ts'
import { backoffMs } from '../../../src/net/backoff.ts'
import { Health } from '../../../src/net/health.ts'
import { FakeClock } from '../../../src/testing/index.ts'

describe('backoffMs', () => {
  it.each([
    [1, 0, 200],
    [1, 1, 400],
    [2, 1, 800],
    [3, 1, 900],
    [50, 1, 900],
    [50, 0.5, 550],
    [50, 0, 200],
  ])('after %d failures with %d waits %d ms', (failures, random, expected) => {
    expect(backoffMs(failures, random)).toBe(expected)
  })
})

describe('Health', () => {
  const failure = new CacheError('ERR_CONNECTION', 'It is gone.')
  const timeout = new CacheError('ERR_TIMEOUT', 'It is silent.')
  let clock: FakeClock
  let health: Health
  let states: string[]
  const listener = (message: unknown) => {
    states.push((message as ServerMessage).state)
  }

  beforeEach(() => {
    clock = new FakeClock()
    health = new Health('a:1', clock, () => 1)
    states = []
    channel('reprise:server').subscribe(listener)
  })

  afterEach(() => {
    channel('reprise:server').unsubscribe(listener)
  })

  it('leaves a server alone for longer after each failure, then probes it', () => {
    expect(health.downFor).toBeUndefined()
    expect(health.trying()).toBe(false)
    health.failedToOpen(failure)
    expect(health.downFor).toBe(failure)
    clock.advance(0.399)
    expect(health.downFor).toBe(failure)
    clock.advance(0.001)
    expect(health.downFor).toBeUndefined()

    expect(health.trying()).toBe(true)
    health.failedToOpen(failure)
    clock.advance(0.799)
    expect(health.downFor).toBe(failure)
    clock.advance(0.001)
    expect(health.trying()).toBe(true)
    health.opened()

    expect(health.downFor).toBeUndefined()
    expect(states).toEqual(['down', 'probing', 'down', 'probing', 'up'])
  })

  it('waits longer each time for a server that is up for less than a second each time', () => {
    const waits: number[] = []
    for (let i = 0; i < 5; i++) {
      health.trying()
      health.opened()
      clock.advance(0.9)
      health.lost(i % 2 === 0 ? failure : undefined)
      let waited = 0
      while (health.downFor !== undefined) {
        clock.advance(0.1)
        waited++
      }
      waits.push(waited)
    }

    expect(waits).toEqual([4, 8, 9, 9, 9])
  })

  it('begins anew after a connection that lasted', () => {
    for (let i = 0; i < 3; i++) health.failedToOpen(failure)
    clock.advance(0.9)
    health.trying()
    health.opened()
    clock.advance(1)
    health.lost(failure)
    health.trying()
    health.failedToOpen(failure)

    clock.advance(0.399)
    expect(health.downFor).toBe(failure)
    clock.advance(0.001)
    expect(health.downFor).toBeUndefined()
  })

  it('lets one of several connections probe, and keeps the others waiting for it', () => {
    health.failedToOpen(failure)
    clock.advance(0.4)
    expect(health.trying()).toBe(true)

    expect(health.downFor).toBe(failure)
    clock.advance(60)
    expect(health.downFor).toBe(failure)
    health.opened()

    expect(health.downFor).toBeUndefined()
    expect(health.trying()).toBe(false)
    expect(states).toEqual(['down', 'probing', 'up'])
  })

  it('counts a server that greets and closes as one that cannot be reached', () => {
    health.failedToOpen(undefined)

    expect(health.downFor).toMatchObject({ message: 'The server a:1 hung up.' })
    expect(health.openings).toBe(0)
  })

  it('lets a connection that lasted a second be replaced at once', () => {
    health.opened()
    clock.advance(1)
    health.lost(failure)

    expect(health.downFor).toBeUndefined()
    expect(health.trying()).toBe(false)
    expect(states).toEqual(['up', 'down'])
  })

  it('counts one that lasted less as a failure, even where nothing was lost with it', () => {
    health.opened()
    clock.advance(0.999)
    health.lost(undefined)

    expect(health.downFor).toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('leaves a silent server alone, however long it was good', () => {
    health.opened()
    clock.advance(1000)
    health.lost(timeout)

    expect(health.downFor).toBe(timeout)
  })

  it('says nothing of an idle connection that the server closed', () => {
    health.opened()
    clock.advance(60)
    health.lost(undefined)

    expect(health.downFor).toBeUndefined()
    expect(states).toEqual(['up'])
  })
})
