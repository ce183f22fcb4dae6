import { describe, expect, it } from 'vitest'
import type { Found } from '../../../src/cache/backend.ts'
import { tieredScene } from '../../support/tiered-scene.ts'

const LARGE = { text: 'x'.repeat(2000) }

describe('a TieredBackend that asks', () => {
  it('reads once and then asks whether its copy is current', async () => {
    const { tiered, entry, callsOf } = tieredScene()
    await tiered.set('k', entry(LARGE))

    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
    expect(await callsOf(() => tiered.get('k'))).toEqual(['isCurrent'])
    expect(await callsOf(() => tiered.lease('k', 10))).toEqual(['isCurrent'])
    expect((await tiered.get('k'))?.value).toEqual(LARGE)
  })

  it('sees at once what somebody else changed', async () => {
    const { tiered, far, entry, callsOf } = tieredScene()
    await tiered.set('k', entry(LARGE))
    await tiered.get('k')

    await far.set('k', entry({ text: 'y'.repeat(2000) }))
    expect((await tiered.get('k'))?.value).toEqual({ text: 'y'.repeat(2000) })
    await far.invalidate('k', 60)
    expect((await tiered.get('k'))?.state).toBe('stale')
    await far.delete('k')
    expect(await tiered.get('k')).toBeUndefined()
    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
  })

  it('asks about nothing whose time is over', async () => {
    const { tiered, clock, entry, callsOf } = tieredScene()
    await tiered.set('k', entry(LARGE, { ttl: 10, staleFor: 60 }))
    await tiered.get('k')
    clock.advance(9)
    expect(await tiered.get('k')).toMatchObject({ state: 'fresh', ageMs: 9000, ttlLeft: 1 })
    clock.advance(1)

    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
    expect(await tiered.get('k')).toMatchObject({ state: 'stale', staleMs: 0 })
  })

  it('gives back what an entry carries, and the mark to lease it again', async () => {
    const { tiered, entry } = tieredScene()
    const tags = new Map([['t', '1']])
    await tiered.set('k', { ...entry(LARGE), tags, etag: '"1"' })
    await tiered.get('k')

    const { found } = await tiered.lease('k', 10)
    expect(found).toMatchObject({ tags, etag: '"1"' })
    const again = found && (await tiered.leaseAgain('k', found, 10))
    expect(again).toMatchObject({ token: { key: 'k' } })
  })

  it('reads many with one question for each near copy and one read for the rest', async () => {
    const { tiered, far, entry, callsOf } = tieredScene()
    for (const key of ['a', 'b', 'c']) await tiered.set(key, entry({ key, ...LARGE }))
    await tiered.getMany(['a', 'b'], fail)
    await far.set('b', entry({ key: 'new', ...LARGE }))
    let found = new Map<string, unknown>()

    const calls = await callsOf(async () => {
      found = await tiered.getMany(['a', 'b', 'c', 'missing'], fail)
    })
    expect(calls).toEqual(['isCurrent', 'isCurrent', 'getMany', 'getMany'])
    expect(Object.fromEntries(found)).toMatchObject({
      a: { value: { key: 'a' } },
      b: { value: { key: 'new' } },
      c: { value: { key: 'c' } },
    })
    expect(found.size).toBe(3)
    expect(await callsOf(() => tiered.getMany(['c'], fail))).toEqual(['isCurrent'])
  })

  it('keeps nothing near that is read as easily as asked about', async () => {
    const { tiered, entry, callsOf } = tieredScene()
    await tiered.set('k', entry('x'.repeat(200)))
    await tiered.get('k')

    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
    expect(tiered.usage().entries).toBe(0)
  })

  it('does not answer while the far backend cannot be asked', async () => {
    const { tiered, entry, breakDown } = tieredScene()
    await tiered.set('k', entry(LARGE))
    await tiered.get('k')
    breakDown()

    await expect(tiered.get('k')).rejects.toThrow('down')
    await expect(tiered.lease('k', 10)).rejects.toThrow('down')
    const reported: unknown[] = []
    expect((await tiered.getMany(['k'], (error) => reported.push(error))).size).toBe(0)
    expect(reported).toMatchObject([{ message: 'down' }])
  })
})

describe('what a TieredBackend cannot copy', () => {
  class Thing {
    readonly text = 'x'.repeat(2000)
  }

  it('is given as the far backend gave it, and not kept near', async () => {
    const { tiered, far, entry, callsOf } = tieredScene()
    await tiered.set('k', entry(LARGE))
    // As a codec of one's own may decode it, or bytes of somebody else's.
    const { get, getMany, lease } = far
    const thing = (found: Found | undefined) => found && { ...found, value: new Thing() }
    far.get = async (...call) => thing(await get.apply(far, call))
    far.lease = async (...call) => ({
      token: undefined,
      found: thing((await lease.apply(far, call)).found),
    })
    far.getMany = async (...call) => {
      const found = await getMany.apply(far, call)
      return new Map([...found].map(([key, one]) => [key, { ...one, value: new Thing() }]))
    }

    expect((await tiered.get('k'))?.value).toBeInstanceOf(Thing)
    expect((await tiered.lease('k', 10)).found?.value).toBeInstanceOf(Thing)
    expect((await tiered.getMany(['k'], fail)).get('k')?.value).toBeInstanceOf(Thing)
    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
    expect(tiered.usage().entries).toBe(0)
  })
})

function fail(error: unknown): void {
  throw error
}
