import { describe, expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

function open(): { cache: Cache; clock: FakeClock } {
  const clock = new FakeClock()
  return { cache: new Cache(new MemoryBackend({ clock }), { clock }), clock }
}

describe('what is refused', () => {
  it.each(['', '\ud800', 5, null, undefined])('the key %j', async (key) => {
    const { cache } = open()
    const calls = [
      cache.get(key as string),
      cache.set(key as string, 1),
      cache.getMany([key as string]),
      cache.getOrSet(key as string, () => 1),
      cache.lookup(key as string),
      cache.delete(key as string),
      cache.incr(key as string),
    ]

    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    }
  })

  it('a string where keys are meant', async () => {
    const { cache } = open()

    await expect(cache.getMany('abc')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(cache.deleteMany('abc')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(cache.setMany('abc' as never)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })

  it('undefined, and what cannot be kept, also where nothing is kept', async () => {
    const { cache } = open()
    const unfit = { run: () => 1 }

    await expect(cache.set('k', undefined as never)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
    })
    await expect(cache.set('k', unfit, { ttl: 0 })).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
    })
    await expect(cache.setMany({ fine: 1, unfit })).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
    })
    expect(await cache.has('fine')).toBe(false)
  })

  it('what a computation gives and cannot be kept', async () => {
    const { cache } = open()
    for (const value of [undefined, () => 1, Symbol('no')]) {
      await expect(cache.getOrSet('k', () => value as never)).rejects.toMatchObject({
        code: 'ERR_VALUE_INVALID',
      })
    }

    expect((await cache.lookup('k')).state).toBe('won')
  })

  it.each([
    ['a fraction', 0.5],
    ['too much', 2n ** 64n],
    ['no number', Number.NaN],
  ])('a delta that is %s', async (_name, delta) => {
    const { cache } = open()
    await cache.set('n', 1)

    await expect(cache.incr('n', delta)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(cache.incr('n', 1, { initial: -1 })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })

  it('a version that cannot be counted', async () => {
    const { cache } = open()

    await expect(cache.incrVersion('k', 1, { version: 'beta' })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
    await expect(cache.get('k', { version: 'a:b' })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })
})

describe('getOrSet', () => {
  it('computes again once the entry has expired', async () => {
    const { cache, clock } = open()
    let computed = 0
    const read = () => cache.getOrSet('k', () => ++computed, { ttl: 10 })

    expect(await read()).toBe(1)
    clock.advance(9)
    expect(await read()).toBe(1)
    clock.advance(1)
    expect(await read()).toBe(2)
  })

  it('takes the lifetime from the computation', async () => {
    const { cache, clock } = open()
    await cache.getOrSet('k', (computation) => {
      expect(computation.ttl).toBe(300)
      computation.ttl = '5s'
      return 'v'
    })

    clock.advance(4.9)
    expect(await cache.get('k')).toBe('v')
    clock.advance(0.2)
    expect(await cache.get('k')).toBeUndefined()
  })

  it('does not store what the computation skips', async () => {
    const { cache } = open()
    const value = await cache.getOrSet('k', (computation) => {
      computation.skip()
      return 'not for long'
    })

    expect(value).toBe('not for long')
    expect((await cache.lookup('k')).state).toBe('won')
  })

  it('keeps nothing with a ttl of 0 or less', async () => {
    const { cache } = open()
    let computed = 0
    await cache.getOrSet('k', () => ++computed, { ttl: 0 })

    expect(await cache.getOrSet('k', () => ++computed, { ttl: -1 })).toBe(2)
  })

  it('copies what is computed', async () => {
    const { cache } = open()
    const value = { list: [1] }
    const returned = await cache.getOrSet('k', () => value)
    returned.list.push(2)
    value.list.push(3)

    expect(await cache.get('k')).toEqual({ list: [1] })
  })

  it('frees the key when the computation throws at once', async () => {
    const { cache } = open()
    const failing = cache.getOrSet('k', () => {
      throw new Error('at once')
    })

    await expect(failing).rejects.toThrow('at once')
    expect((await cache.lookup('k')).state).toBe('won')
  })

  it('tells the computation when the cache is closed', async () => {
    const { cache } = open()
    const computing = cache.getOrSet('k', async ({ signal }) => {
      await cache.close()
      return signal.aborted ? 'aborted' : 'not aborted'
    })

    expect(await computing).toBe('aborted')
  })

  it('tells a refresh when its result could not be stored any more', async () => {
    const { cache, clock } = open()
    const options = { ttl: 1, staleWhileRevalidate: 60, leaseFor: 2 }
    await cache.getOrSet('k', () => 'old', options)
    clock.advance(1)
    let signal: AbortSignal | undefined
    await cache.getOrSet(
      'k',
      (computation) => {
        signal = computation.signal
        return new Promise<string>(() => {})
      },
      options,
    )
    await new Promise((resolve) => setImmediate(resolve))
    expect(signal?.aborted).toBe(false)
    await cache.set('k', 'newer')
    clock.advance(1)
    await new Promise((resolve) => setImmediate(resolve))

    expect(signal?.aborted).toBe(true)
  })
})

describe('lookup', () => {
  it('tells each state', async () => {
    const { cache, clock } = open()
    const won = await cache.lookup('k')
    expect(won.state).toBe('won')
    expect(await cache.lookup('k')).toEqual({ state: 'busy' })
    const lease = won.state === 'won' ? won.lease : undefined
    expect(await lease?.fill('v', { ttl: 10, staleWhileRevalidate: 5 })).toBe(true)
    clock.advance(2)
    expect(await cache.lookup('k')).toEqual({ state: 'fresh', value: 'v', ageMs: 2000 })
    clock.advance(9)
    expect(await cache.lookup('k')).toMatchObject({
      state: 'stale',
      value: 'v',
      ageMs: 11_000,
      staleMs: 1000,
      lease: { leaseFor: 10 },
    })
    expect(await cache.lookup('k')).toMatchObject({ state: 'stale', lease: undefined })
    clock.advance(4)
    expect((await cache.lookup('k', { leaseFor: 5 })).state).not.toBe('stale')
  })

  it('waits while somebody computes, if asked to', async () => {
    const { cache, clock } = open()
    const won = await cache.lookup('k')
    const waiting = cache.lookup('k', { waitMs: 1000 })
    await new Promise((resolve) => setImmediate(resolve))
    if (won.state === 'won') await won.lease.fill('v')
    clock.advance(1)

    expect(await waiting).toMatchObject({ state: 'fresh', value: 'v' })
  })

  it('ends a lease once', async () => {
    const { cache } = open()
    const won = await cache.lookup('k')
    if (won.state !== 'won') throw new Error('the lease was not won')
    await won.lease.release()
    await won.lease.release()

    expect(await won.lease.fill('v')).toBe(false)
    expect(await cache.get('k')).toBeUndefined()
  })

  it('ends a lease whose value cannot be kept', async () => {
    const { cache } = open()
    const won = await cache.lookup('k')
    if (won.state !== 'won') throw new Error('the lease was not won')

    await expect(won.lease.fill((() => 1) as never)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
    })
    expect((await cache.lookup('k')).state).toBe('won')
  })
})

describe('many', () => {
  it('takes a Map, pairs or an object, odd keys too', async () => {
    const { cache } = open()
    await cache.setMany(new Map([['a', 1]]))
    await cache.setMany([['b', 2] as const])
    await cache.setMany(JSON.parse('{"__proto__":3,"constructor":4}'))

    const keys = ['a', 'b', '__proto__', 'constructor', 'toString']
    expect([...(await cache.getMany(keys))]).toEqual([
      ['a', 1],
      ['b', 2],
      ['__proto__', 3],
      ['constructor', 4],
    ])
  })

  it('rejects with what the caller’s iterable throws', async () => {
    const { cache } = open()
    function* failing(): Generator<string> {
      yield 'a'
      throw new Error('mine')
    }

    await expect(cache.getMany(failing())).rejects.toThrow('mine')
  })
})
