import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect } from 'vitest'
import type { ErrorMessage } from '../../../src/channels.ts'
import type { Cache } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'
import { onEachRig } from '../../support/rigs.ts'

const SWR = { ttl: 1, staleWhileRevalidate: 60, errorBackoff: 0 }
const SIE = { ttl: 1, staleIfError: 60, errorBackoff: 0 }

onEachRig(({ it }) => {
  it('serves a stale value at once while one refreshes it', async ({ open, pass }) => {
    const [cache, other] = [open(), open()]
    let computed = 0
    const gate = new Gate()
    const compute = async () => {
      computed++
      if (computed > 1) await gate.opened
      return `v${computed}`
    }
    expect(await cache.getOrSet('k', compute, SWR)).toBe('v1')
    await pass(1.1)

    const reads = [cache, cache, other, other].map((cache) => cache.getOrSet('k', compute, SWR))
    expect(await Promise.all(reads)).toEqual(['v1', 'v1', 'v1', 'v1'])
    expect(await other.getOrSet('k', compute, SWR)).toBe('v1')
    expect(computed).toBe(2)
    gate.open()
    await eventually(async () => (await cache.get('k')) === 'v2')
    expect(computed).toBe(2)
  })

  it('makes those wait who take no stale value', async ({ open, pass }) => {
    const cache = open()
    await cache.getOrSet('k', () => 'v1', SWR)
    await pass(1.1)

    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.get('k', { allowStale: true })).toBe('v1')
    expect(await cache.getMany(['k'], { allowStale: true })).toEqual(new Map([['k', 'v1']]))
    expect(await cache.getOrSet('k', () => 'v2', { ttl: 60 })).toBe('v2')
  })

  it('makes a call that takes no stale value join none that does', async ({ open, pass }) => {
    const cache = open()
    await cache.getOrSet('k', () => 'v1', SWR)
    await pass(1.1)
    const [lax, strict] = [
      cache.getOrSet('k', () => 'v2', SWR),
      cache.getOrSet('k', () => 'v3', { ttl: 60 }),
    ]

    expect(await lax).toBe('v1')
    for (let i = 0; i < 10; i++) await pass(0.02)
    expect(await strict).not.toBe('v1')
  })

  it('serves a stale value for no longer than this call allows', async ({ open, pass }) => {
    const cache = open()
    await cache.getOrSet('k', () => 'v1', SWR)
    await pass(2.2)
    const strict = { ttl: 60, staleWhileRevalidate: 1 }

    expect(await cache.getOrSet('k', () => 'v2', strict)).toBe('v2')
  })

  it('publishes the failure of a refresh and goes on serving', async ({ open, pass }) => {
    const cache = open({ keyPrefix: 'refresh' })
    await cache.getOrSet('k', () => 'v1', SWR)
    await pass(1.1)
    const failing = () => Promise.reject(new Error('refresh is down'))
    const errors = await errorsOf('refresh is down', async () => {
      expect(await cache.getOrSet('k', failing, SWR)).toBe('v1')
      await eventually(async () => (await winsRefresh(cache)) === true)
    })

    expect(errors.map(({ operation }) => operation)).toEqual(['refresh'])
    expect(await cache.getOrSet('k', () => 'v2', SWR)).toBe('v1')
  })

  it('serves a stale value where computing fails, and says so', async ({ open, pass }) => {
    const cache = open({ keyPrefix: 'sie' })
    await cache.getOrSet('k', () => 'v1', SIE)
    await pass(1.1)
    const failing = () => Promise.reject(new Error('sie is down'))

    const errors = await errorsOf('sie is down', async () => {
      expect(await cache.getOrSet('k', failing, SIE)).toBe('v1')
    })
    expect(errors).toMatchObject([{ operation: 'getOrSet', alias: 'default' }])
    await expect(cache.getOrSet('k', failing, { ttl: 1 })).rejects.toThrow('sie is down')
    expect(await cache.getOrSet('k', () => 'v2', SIE)).toBe('v2')
  })

  it('gives an invalidated value by the options of who asks', async ({ open }) => {
    const cache = open()
    await cache.set('k', 'v1')
    expect(await cache.invalidate('k')).toBe(true)
    const failing = () => Promise.reject(new Error('no'))

    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.getOrSet('k', failing, SIE)).toBe('v1')
    expect(await cache.getOrSet('k', () => 'v2', { ttl: 60 })).toBe('v2')
    expect(await cache.invalidate('missing')).toBe(false)
  })

  it('drops the old value where the new one is not to be kept', async ({ open, pass }) => {
    const cache = open()
    await cache.getOrSet('k', () => 'v1', SIE)
    await pass(1.1)
    const uncacheable = cache.getOrSet('k', (computation) => {
      computation.ttl = 0
      return 'v2'
    })

    expect(await uncacheable).toBe('v2')
    expect(await cache.get('k', { allowStale: true })).toBeUndefined()
  })

  it('counts the age from the start of the computation', async ({ open, pass }) => {
    const cache = open()
    await cache.getOrSet(
      'k',
      async () => {
        await pass(1)
        return 'v'
      },
      { ttl: 60 },
    )
    const found = await cache.lookup('k')

    expect(found.state).toBe('fresh')
    expect('ageMs' in found && found.ageMs).toBeGreaterThanOrEqual(1000)
    expect('ageMs' in found && found.ageMs).toBeLessThan(2000)
  })
})

class Gate {
  open = (): void => {}
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
}

/** Whether the right to refresh is free; it is given back at once. */
async function winsRefresh(cache: Cache): Promise<boolean> {
  const found = await cache.lookup('k')
  const lease = found.state === 'stale' ? found.lease : undefined
  await lease?.release()
  return lease !== undefined
}

async function errorsOf(message: string, run: () => Promise<void>): Promise<ErrorMessage[]> {
  const errors: ErrorMessage[] = []
  // Other tests run at the same time: only those with this test's own words count.
  const listen = (published: unknown): void => {
    const error = published as ErrorMessage
    if (error.error instanceof Error && error.error.message === message) errors.push(error)
  }
  subscribe('reprise:error', listen)
  await run()
  unsubscribe('reprise:error', listen)
  return errors
}
