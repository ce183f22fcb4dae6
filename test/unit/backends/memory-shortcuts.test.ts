import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Entry, Storable } from '../../../src/index.ts'
import { MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

let clock: FakeClock
let backend: MemoryBackend
beforeEach(() => {
  clock = new FakeClock()
  backend = new MemoryBackend({ clock, maxEntries: 3 })
})

const entry = (value: Storable, ttl = 60, staleFor = 0): Entry => {
  return { value, createdAtMs: clock.now(), ttl, staleFor }
}
const valueAt = (start: string, key: string) => backend.peekAt(start, key)?.value

describe('a peek in two parts', () => {
  it('finds what is there now, however often it was asked before', async () => {
    expect(valueAt('s:', 'k')).toBeUndefined()
    await backend.set('s:k', entry('one'))
    expect(valueAt('s:', 'k')).toBe('one')
    await backend.set('s:k', entry('two'))
    expect(valueAt('s:', 'k')).toBe('two')
    await backend.set('s:k', entry(5))
    expect(valueAt('s:', 'k')).toBe(5)
    await backend.incr('s:k', 2n)
    expect(valueAt('s:', 'k')).toBe(7)
    await backend.delete('s:k')
    expect(valueAt('s:', 'k')).toBeUndefined()
  })

  it('tells one start from another, whichever was asked for last', async () => {
    await backend.set('a:k', entry('a'))
    await backend.set('b:k', entry('b'))
    for (const start of ['a:', 'b:', 'b:', 'a:', 'a:']) expect(valueAt(start, 'k')).toBe(start[0])
    await backend.delete('a:k')

    expect(valueAt('a:', 'k')).toBeUndefined()
    expect(valueAt('b:', 'k')).toBe('b')
    expect(valueAt('b', ':k')).toBe('b')
    expect(valueAt('b:', 'k')).toBe('b')
  })

  it('tells the times of now', async () => {
    await backend.set('s:k', entry('v', 10, 5))
    valueAt('s:', 'k')
    clock.advance(4)
    expect(backend.peekAt('s:', 'k')).toMatchObject({ state: 'fresh', ageMs: 4000, ttlLeft: 6 })
    clock.advance(7)
    expect(backend.peekAt('s:', 'k')).toMatchObject({ state: 'stale', staleMs: 1000 })
    clock.advance(4)
    expect(backend.peekAt('s:', 'k')).toBeUndefined()
  })

  it('counts as a use', async () => {
    for (const key of ['a', 'b', 'c']) await backend.set(`s:${key}`, entry(key))
    expect([valueAt('s:', 'b'), valueAt('s:', 'a'), valueAt('s:', 'a')]).toEqual(['b', 'a', 'a'])
    await backend.set('s:d', entry('d'))
    expect(valueAt('s:', 'c')).toBeUndefined()
    expect(valueAt('s:', 'b')).toBe('b')
    await backend.set('s:e', entry('e'))

    expect(valueAt('s:', 'a')).toBeUndefined()
    expect(['b', 'd', 'e'].map((key) => valueAt('s:', key))).toEqual(['b', 'd', 'e'])
  })

  it('finds what a whole peek finds, whatever is done', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      fc.tuple(fc.constant('set' as const), key, fc.constantFrom<Storable>('v', 1, { a: 1 }, null)),
      fc.tuple(fc.constantFrom('peek' as const, 'delete' as const, 'touch' as const), key),
      fc.tuple(fc.constantFrom('invalidate' as const, 'expire' as const, 'incr' as const), key),
      fc.tuple(fc.constantFrom('clear' as const, 'pass' as const), key),
    )
    const act = async ([name, key, value = null]: readonly [string, string, Storable?]) => {
      const whole = `s:${key}`
      if (name === 'set') await backend.set(whole, entry(value, 10, 5))
      if (name === 'peek') backend.peekAt('s:', key)
      if (name === 'delete') await backend.delete(whole)
      if (name === 'touch') await backend.touch(whole, 10)
      if (name === 'expire') await backend.touch(whole, 0)
      if (name === 'invalidate') await backend.invalidate(whole, 5)
      if (name === 'incr') await backend.incr(whole, 1n).catch(() => undefined)
      if (name === 'clear') await backend.clear(key === 'a' ? '' : whole)
      if (name === 'pass') clock.advance(3)
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        clock = new FakeClock()
        backend = new MemoryBackend({ clock, maxEntries: 3 })
        for (const step of steps) {
          await act(step)
          for (const key of ['a', 'b', 'c', 'd']) {
            expect(backend.peekAt('s:', key)).toEqual(backend.peek(`s:${key}`))
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
