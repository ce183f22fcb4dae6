import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Computation } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'
import { onEachRig } from '../../support/rigs.ts'

onEachRig(({ it, name }) => {
  it('backs off from a failure in the whole fleet, as long as was asked for', async (scene) => {
    const { open, pass } = scene
    const [cache, other] = [open(), open()]
    const options = { ttl: 1, staleIfError: 60, errorBackoff: 2 }
    let computed = 0
    const failing = (): string => {
      computed++
      throw new Error('backing off')
    }
    await cache.getOrSet('k', () => 'old', options)
    await pass(1.1)
    expect(await cache.getOrSet('k', failing, options)).toBe('old')
    for (const each of [other, cache, other]) {
      expect(await each.getOrSet('k', failing, options)).toBe('old')
    }
    expect(computed).toBe(1)
    // The server counts in whole seconds, up to one more.
    await pass(3.2)

    expect(await other.getOrSet('k', () => 'new', options)).toBe('new')
  })

  it('asks a failing origin again where there is no old value', async ({ open }) => {
    const [cache, other] = [open(), open()]
    const options = { ttl: 1, staleIfError: 60 }
    const failing = () => Promise.reject(new Error('cold and down'))

    await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('cold and down')
    expect(await other.getOrSet('k', () => 'recovered', options)).toBe('recovered')
  })

  it('refreshes ahead once in the fleet, and serves the rest at once', async ({ open, pass }) => {
    const [cache, other] = [open(), open()]
    const options = { ttl: 4, refreshAhead: 0.3 }
    let computed = 0
    const compute = () => `v${++computed}`
    await cache.getOrSet('k', compute, options)
    await pass(1.4)
    const reads = [cache, other, cache, other].map((each) => each.getOrSet('k', compute, options))
    expect(await Promise.all(reads)).toEqual(['v1', 'v1', 'v1', 'v1'])
    await eventually(async () => (await other.get('k')) === 'v2')
    await pass(2.8)

    // Past the end of the first one.
    expect(await other.getOrSet('k', compute, options)).toBe('v2')
    await turn()
  })

  it('gives the refresh of a dead process to another one', async ({ backend, open, pass }) => {
    const key = randomUUID()
    const cache = open({ keyFunction: (given) => given })
    const options = { ttl: 1, staleWhileRevalidate: 60 }
    await cache.getOrSet(key, () => 'old', options)
    await pass(1.1)
    // Asked of the backend, nobody renews it: as if the process had died.
    const { token } = await backend.lease(key, 1)
    expect(token).toBeDefined()
    let computed = 0
    const compute = () => `v${++computed}`
    expect(await cache.getOrSet(key, compute, options)).toBe('old')
    await turn()
    expect(computed).toBe(0)
    await pass(2.1)

    expect(await cache.getOrSet(key, compute, options)).toBe('old')
    await eventually(async () => (await cache.get(key)) === 'v1')
  })

  it('gives the old value after the soft timeout, and stores the new one', async (scene) => {
    const { open, pass } = scene
    const [cache, other] = [open(), open()]
    const options = { ttl: 1, staleIfError: 60, softTimeoutMs: 100 }
    await cache.getOrSet('k', () => 'old', options)
    await pass(1.1)
    let finish = (): void => {}
    const compute = async (): Promise<string> => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return 'new'
    }
    const calls = [cache, other].map((each) => each.getOrSet('k', compute, options))
    for (let i = 0; i < 30; i++) await pass(0.01)
    expect(await Promise.all(calls)).toEqual(['old', 'old'])
    finish()

    await eventually(async () => (await other.get('k')) === 'new')
  })

  it('drops what comes after the hard timeout, and gives the key on', async ({ open, pass }) => {
    const [cache, other] = [open(), open()]
    let finish = (): void => {}
    let signal: AbortSignal | undefined
    const calling = cache.getOrSet(
      'k',
      async (computation) => {
        signal = computation.signal
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        return 'too late'
      },
      { hardTimeoutMs: 100 },
    )
    const rejecting = expect(calling).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await eventually(() => signal !== undefined)
    for (let i = 0; i < 12; i++) await pass(0.01)
    await rejecting
    expect(signal?.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    const next = other.getOrSet('k', () => 'next')
    await pass(0.02)
    expect(await next).toBe('next')
    finish()
    await pass(0.05)

    expect(await other.get('k')).toBe('next')
  })

  it('asks the origin on the terms of the last answer', async ({ open, pass }) => {
    const [cache, other] = [open(), open()]
    const options = { ttl: 1, staleIfError: 60 }
    const compute = (computation: Computation): { n: number } => {
      const { old } = computation
      if (old?.etag === '"one"') return computation.notModified()
      computation.etag = '"one"'
      return { n: 1 }
    }
    await cache.getOrSet('k', compute, options)
    await pass(1.1)

    expect(await other.getOrSet('k', compute, options)).toEqual({ n: 1 })
    const found = await cache.lookup('k')
    expect(found.state).toBe('fresh')
    expect('ageMs' in found && found.ageMs).toBeLessThan(1000)
  })

  it('stores no computation whose key was written while it was forced', async ({ open }) => {
    const [cache, other] = [open(), open()]
    await cache.set('k', 'before')
    const forced = await cache.getOrSet(
      'k',
      async () => {
        await other.set('k', 'written')
        return 'forced'
      },
      { forceFresh: true },
    )

    expect([forced, await other.get('k')]).toEqual(['forced', 'written'])
    expect(await other.getOrSet('k', () => 'forced', { forceFresh: true })).toBe('forced')
    expect(await cache.get('k')).toBe('forced')
  })

  it('keeps milliseconds of a lifetime', async ({ open, pass }) => {
    const cache = open()
    await cache.getOrSet('k', () => 'v', { ttl: '400ms' })
    await pass(0.2)
    expect(await cache.get('k')).toBe('v')
    await pass(0.3)

    expect(await cache.get('k')).toBeUndefined()
  })

  it(`computes many keys once on ${name}, and waits for those of another process`, async (scene) => {
    const [cache, other] = [scene.open(), scene.open()]
    const asked: string[][] = []
    let finish = (): void => {}
    const gate = new Promise<void>((resolve) => {
      finish = resolve
    })
    const load = async (keys: string[]): Promise<Map<string, string>> => {
      asked.push(keys)
      await gate
      return new Map(keys.map((key) => [key, key.toUpperCase()]))
    }
    await cache.set('cached', 'C')
    const first = cache.getOrSetMany(['a', 'b', 'cached'], load)
    await eventually(() => asked.length === 1)
    const second = other.getOrSetMany(['c', 'b', 'a'], load)
    await eventually(() => asked.length === 2)
    finish()
    for (let i = 0; i < 20; i++) await scene.pass(0.01)

    expect([...(await first).values()]).toEqual(['A', 'B', 'C'])
    expect([...(await second).values()]).toEqual(['C', 'B', 'A'])
    expect(asked).toEqual([['a', 'b'], ['c']])
  })

  it('loses no lease where the run for many keys fails', async ({ open }) => {
    const [cache, other] = [open(), open()]
    const failing = (): never => {
      throw new Error('no rows today')
    }
    await expect(cache.getOrSetMany(['a', 'b'], failing)).rejects.toThrow('no rows today')

    const values = await other.getOrSetMany(['a', 'b'], () => ({ a: 1, b: 2 }))
    expect([...values.values()]).toEqual([1, 2])
    expect((await cache.getMany(['a', 'b'])).size).toBe(2)
  })
})
