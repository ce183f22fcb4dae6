import { describe, expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

function open(): { cache: Cache; clock: FakeClock } {
  const clock = new FakeClock()
  return { cache: new Cache(new MemoryBackend({ clock }), { clock }), clock }
}

describe('memoize', () => {
  it('computes a call once, and another call for itself', async () => {
    const { cache } = open()
    const seen: unknown[] = []
    const double = cache.memoize(
      async (n: number) => {
        seen.push(n)
        return n * 2
      },
      { key: 'double' },
    )

    expect([await double(2), await double(2), await double(3)]).toEqual([4, 4, 6])
    expect(seen).toEqual([2, 3])
    expect(await cache.get('double(2)')).toBe(4)
  })

  it('shares one computation among overlapping calls', async () => {
    const { cache } = open()
    let computed = 0
    const count = cache.memoize(async () => ++computed, { key: 'count' })

    expect(await Promise.all([count(), count(), count()])).toEqual([1, 1, 1])
  })

  it('gives a promise for a function that is not async, also where that throws', async () => {
    const { cache } = open()
    const parse = cache.memoize((text: string) => JSON.parse(text) as number, { key: 'parse' })

    expect(await parse('5')).toBe(5)
    const failing = parse('{')
    await expect(failing).rejects.toBeInstanceOf(SyntaxError)
  })

  it('gives the function its arguments and nothing else', async () => {
    const { cache } = open()
    const count = cache.memoize(
      function (this: unknown, ...args: number[]) {
        return [this === undefined, args.length]
      },
      { key: 'count' },
    )

    expect(await count(1, 2)).toEqual([true, 2])
  })

  it('gives the computation first to a function that asks for it', async () => {
    const { cache, clock } = open()
    const load = cache.memoize(
      async (computation, n: number) => {
        computation.ttl = 5
        computation.tags.push(`n-${n}`)
        return { n }
      },
      { key: 'load', withComputation: true },
    )

    await load(1)
    clock.advance(4)
    expect(await cache.get('load(1)')).toEqual({ n: 1 })
    await cache.invalidateTags(['n-1'])
    expect(await cache.get('load(1)')).toBeUndefined()
    await load(1)
    clock.advance(6)
    expect(await cache.get('load(1)')).toBeUndefined()
  })

  it('takes keys and tags as functions of the arguments', async () => {
    const { cache } = open()
    let computed = 0
    const user = cache.memoize(async (id: number, _traceId: string) => ({ id, at: ++computed }), {
      key: (id) => `user:${id}`,
      tags: (id) => [`user-${id}`, 'users'],
    })

    await user(7, 'a')
    expect(await user(7, 'b')).toEqual({ id: 7, at: 1 })
    await cache.invalidateTags(['user-8'])
    expect(await user(7, 'c')).toEqual({ id: 7, at: 1 })
    await cache.invalidateTags(['user-7'])
    expect(await user(7, 'd')).toEqual({ id: 7, at: 2 })
  })

  it('takes the tags of a list, even of one that can be read once', async () => {
    const { cache } = open()
    let computed = 0
    const load = cache.memoize(async (n: number) => n + ++computed, {
      key: 'load',
      tags: new Set(['all']).values(),
    })

    expect([await load(10), await load(20)]).toEqual([11, 22])
    await cache.invalidateTags(['all'])
    expect([await load(10), await load(20)]).toEqual([13, 24])
  })

  it('passes the other options on', async () => {
    const { cache, clock } = open()
    let computed = 0
    const load = cache.memoize(
      async () => {
        if (computed++ > 0) throw new Error('down')
        return 'v'
      },
      { key: 'load', ttl: 10, staleIfError: '1m', version: 2 },
    )

    await load()
    expect(await cache.get('load()', { version: 2 })).toBe('v')
    clock.advance(30)
    expect(await load()).toBe('v')
    expect(computed).toBe(2)
  })

  it('gives the default where the function fails, and keeps it nowhere', async () => {
    const { cache } = open()
    const load = cache.memoize(async (): Promise<number> => Promise.reject(new Error('down')), {
      key: 'load',
      default: null,
    })

    expect(await load()).toBeNull()
    expect(await cache.has('load()')).toBe(false)
  })

  it('names, renews, invalidates and deletes the entry of one call', async () => {
    const { cache } = open()
    let computed = 0
    const load = cache.memoize(async (n: number) => [n, ++computed], { key: 'load', version: 'b' })

    await load(1)
    expect(load.keyOf(1)).toBe('load(1)')
    expect(await load.fresh(1)).toEqual([1, 2])
    expect(await load(1)).toEqual([1, 2])
    expect(await load.invalidate(2)).toBe(false)
    expect(await load.invalidate(1)).toBe(true)
    expect(await load(1)).toEqual([1, 3])
    expect(await load.delete(1)).toBe(true)
    expect(await load.delete(1)).toBe(false)
    expect(await load(1)).toEqual([1, 4])
  })

  it('has the name and the length of the function', () => {
    const { cache } = open()
    async function loadRates(_a: string, _b: string): Promise<number> {
      return 1
    }
    const memoized = cache.memoize(loadRates, { key: 'rates' })

    expect([memoized.name, memoized.length]).toEqual(['loadRates', 2])
  })

  it('refuses undefined, and says what to return', async () => {
    const { cache } = open()
    async function find(): Promise<number> {
      return undefined as never
    }

    await expect(cache.memoize(find, { key: 'find' })()).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
      message:
        '`find` gave undefined, which is how a miss is told: return null where there is nothing.',
    })
    await expect(cache.memoize(() => undefined as never, { key: 'x' })()).rejects.toThrow(
      'What `memoize` was given gave undefined',
    )
  })

  it('rejects arguments that no key can be made of', async () => {
    const { cache } = open()
    const load = cache.memoize(async (a: unknown) => `${a}`, { key: 'load' })
    const own = cache.memoize(async (a: unknown) => `${a}`, { key: (a) => a as string })

    for (const call of [load, load.fresh, load.invalidate, load.delete]) {
      await expect(call(new Map())).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    }
    for (const call of [own, own.fresh, own.invalidate, own.delete]) {
      await expect(call(5)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    }
    expect(() => load.keyOf(new Map())).toThrow(
      expect.objectContaining({ code: 'ERR_KEY_INVALID' }),
    )
    expect(() => own.keyOf('')).toThrow(expect.objectContaining({ code: 'ERR_KEY_INVALID' }))
  })

  it.each<[string, unknown, unknown, string]>([
    ['no function', 5, { key: 'k' }, '`fn` is 5: it must be a function.'],
    ['no options', () => 1, undefined, '`options` is undefined'],
    ['no key', () => 1, {}, '`key` is undefined'],
    ['a key with arguments', () => 1, { key: 'k(' }, '`key` is "k("'],
    ['an option that is none', () => 1, { key: 'k', tll: 5 }, 'There is no option "tll"'],
    ['a signal, which is of one call', () => 1, { key: 'k', signal: 1 }, 'no option "signal"'],
    ['a wrong ttl', () => 1, { key: 'k', ttl: 'soon' }, '`ttl` is "soon"'],
    ['a tag for tags', () => 1, { key: 'k', tags: 'a' }, '`tags` is "a"'],
    ['no flag', () => 1, { key: 'k', withComputation: 1 }, '`withComputation` is 1'],
  ])('refuses %s at once', (_name, fn, options, message) => {
    const { cache } = open()

    expect(() => cache.memoize(fn as () => number, options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })
})
