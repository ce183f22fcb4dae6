import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Backend, Entry, Storable } from '../../../src/cache/backend.ts'
import { tieredScene } from '../../support/tiered-scene.ts'

describe('a TieredBackend that trusts', () => {
  it('asks nobody for so long, then whether it is so, and trusts it again', async () => {
    const { tiered, clock, entry, callsOf } = tieredScene({ trustFor: 5 })
    await tiered.set('k', entry('small'))
    await tiered.get('k')
    clock.advance(4.9)
    expect(await callsOf(() => tiered.get('k'))).toEqual([])
    expect(await callsOf(() => tiered.getMany(['k'], fail))).toEqual([])
    expect(tiered.peek?.('k')?.value).toBe('small')
    clock.advance(0.1)

    expect(tiered.peek?.('k')).toBeUndefined()
    expect(await callsOf(() => tiered.lease('k', 10))).toEqual(['isCurrent'])
    expect(await callsOf(() => tiered.lease('k', 10))).toEqual([])
  })

  it('sees what somebody else changed when the time is over, at the latest', async () => {
    const { tiered, far, clock, entry } = tieredScene({ trustFor: '5s' })
    await tiered.set('k', entry('old'))
    await tiered.get('k')
    await far.set('k', entry('new'))

    expect((await tiered.get('k'))?.value).toBe('old')
    clock.advance(5)
    expect((await tiered.get('k'))?.value).toBe('new')
  })

  it('trusts nothing for longer than it is fresh', async () => {
    const { tiered, clock, entry } = tieredScene({ trustFor: 60 })
    await tiered.set('k', entry('v', { ttl: 2 }))
    await tiered.get('k')
    clock.advance(2)

    expect(await tiered.get('k')).toBeUndefined()
  })

  it('works over a backend that cannot be asked', async () => {
    const { tiered, clock, entry, callsOf } = tieredScene({ trustFor: 5 }, { isAskable: false })
    await tiered.set('k', entry('v'))
    await tiered.get('k')
    expect(await callsOf(() => tiered.get('k'))).toEqual([])
    clock.advance(5)

    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
    expect(tiered.isCurrent).toBeUndefined()
  })

  const changes: Record<string, (tiered: Backend, entry: (value: Storable) => Entry) => unknown> = {
    set: (tiered, entry) => tiered.set('k', entry(2)),
    setMany: (tiered, entry) => tiered.setMany(new Map([['k', entry(2)]]), fail),
    delete: (tiered) => tiered.delete('k'),
    deleteMany: (tiered) => tiered.deleteMany(['k'], fail),
    touch: (tiered) => tiered.touch('k', 5),
    incr: (tiered) => tiered.incr('k', 1n),
    invalidate: (tiered) => tiered.invalidate('k', 60),
    clear: (tiered) => tiered.clear('k'),
  }
  it.each(Object.entries(changes))('drops its copy for %s of its own', async (_name, change) => {
    const { tiered, entry, callsOf } = tieredScene({ trustFor: 60 })
    await tiered.set('k', entry(1))
    await tiered.get('k')
    expect(tiered.peek?.('k')).toBeDefined()

    await change(tiered, entry)
    expect(tiered.peek?.('k')).toBeUndefined()
    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
  })

  it.each(Object.entries(changes))('keeps no value that was read before %s', async (_, change) => {
    const { tiered, far, entry, hold } = tieredScene({ trustFor: 60 })
    await far.set('k', entry(1))
    const release = hold()
    const reads = [tiered.get('k'), tiered.getMany(['k'], fail), tiered.lease('k', 10)]
    await setImmediate()
    await change(tiered, entry)
    release()
    await Promise.all(reads)

    expect(tiered.peek?.('k')).toBeUndefined()
  })

  it('drops its copy although the change fails: it may have been made', async () => {
    const { tiered, entry, breakDown } = tieredScene({ trustFor: 60 })
    await tiered.set('k', entry(1))
    await tiered.get('k')
    breakDown()

    await expect(tiered.delete('k')).rejects.toThrow('down')
    expect(tiered.peek?.('k')).toBeUndefined()
  })

  it('drops the copy whose lease is refused because it is another by now', async () => {
    const { tiered, far, entry } = tieredScene({ trustFor: 60 })
    await tiered.set('k', entry('old'))
    await tiered.get('k')
    await far.set('k', entry('new'))
    const { found } = await tiered.lease('k', 10)

    expect(found && (await tiered.leaseAgain('k', found, 10))).toBe('changed')
    expect((await tiered.lease('k', 10)).found?.value).toBe('new')
  })
})

function fail(error: unknown): void {
  throw error
}
