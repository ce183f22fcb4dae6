import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Cache, defineCached, MemoryBackend, type Schema } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

function open(): { cache: Cache; clock: FakeClock } {
  const clock = new FakeClock()
  return { cache: new Cache(new MemoryBackend({ clock }), { clock }), clock }
}

const City = z.object({ id: z.number(), name: z.string() })

describe('defineCached', () => {
  it('reads, or computes and keeps', async () => {
    const { cache, clock } = open()
    let computed = 0
    const city = defineCached({
      cache,
      key: 'city',
      compute: async (id: number) => ({ id, computed: ++computed }),
      ttl: 60,
    })

    expect(await city.get(7)).toEqual({ id: 7, computed: 1 })
    expect(await city.get(7)).toEqual({ id: 7, computed: 1 })
    clock.advance(61)
    expect(await city.get(7)).toEqual({ id: 7, computed: 2 })
    expect(city.keyOf(7)).toBe('city(7)')
  })

  it('takes a cache that is not there yet', async () => {
    let cache: Cache | undefined
    const one = defineCached({ cache: () => cache as Cache, key: 'one', compute: () => 1 })

    await expect(one.get()).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    cache = open().cache
    expect(await one.get()).toBe(1)
  })

  it('peeks without computing', async () => {
    const { cache } = open()
    let computed = 0
    const count = defineCached({ cache, key: 'count', compute: () => ++computed, version: 3 })

    expect(await count.peek()).toBeUndefined()
    expect(computed).toBe(0)
    await count.get()
    expect(await count.peek()).toBe(1)
  })

  it('sets what is known, with the ttl and tags of the definition', async () => {
    const { cache, clock } = open()
    const city = defineCached({
      cache,
      key: (id: number) => `city:${id}`,
      compute: async (): Promise<string> => 'computed',
      tags: (id) => [`city-${id}`],
      ttl: 60,
      version: 'b',
    })

    await city.set([7], 'set')
    expect(await city.get(7)).toBe('set')
    expect(await cache.get('city:7', { version: 'b' })).toBe('set')
    await cache.invalidateTags(['city-7'])
    expect(await city.peek(7)).toBeUndefined()
    await city.set([7], 'again')
    clock.advance(61)
    expect(await city.peek(7)).toBeUndefined()
  })

  it('renews, invalidates and deletes', async () => {
    const { cache } = open()
    let computed = 0
    const count = defineCached({ cache, key: 'count', compute: (_n: number) => ++computed })

    await count.get(1)
    expect(await count.fresh(1)).toBe(2)
    expect([await count.invalidate(1), await count.get(1)]).toEqual([true, 3])
    expect([await count.delete(1), await count.get(1)]).toEqual([true, 4])
    expect([await count.invalidate(2), await count.delete(2)]).toEqual([false, false])
  })

  it('gives the default where computing fails', async () => {
    const { cache } = open()
    const city = defineCached({
      cache,
      key: 'city',
      compute: (): Promise<string> => Promise.reject(new Error('down')),
      default: null,
    })

    expect(await city.get()).toBeNull()
    expect(await city.getMany([[], []])).toEqual([null, null])
    expect(await city.peek()).toBeUndefined()
  })

  it('tells the computation to those who ask for it', async () => {
    const { cache, clock } = open()
    const city = defineCached({
      cache,
      key: 'city',
      withComputation: true,
      compute: async (computation, id: number) => {
        computation.ttl = 5
        return id
      },
    })

    await city.get(7)
    clock.advance(6)
    expect(await city.peek(7)).toBeUndefined()
  })
})

describe('getMany of a definition', () => {
  it('computes what is missing, call by call, and keeps the order', async () => {
    const { cache } = open()
    const computed: number[] = []
    const city = defineCached({
      cache,
      key: 'city',
      compute: async (id: number) => {
        computed.push(id)
        return `city ${id}`
      },
    })

    await city.get(2)
    expect(await city.getMany(new Set([[3], [2], [1], [3]] as [number][]))).toEqual([
      'city 3',
      'city 2',
      'city 1',
      'city 3',
    ])
    expect(computed).toEqual([2, 3, 1])
    expect(await city.getMany([])).toEqual([])
  })

  it('computes what is missing in one run of `computeMany`', async () => {
    const { cache } = open()
    const runs: (readonly (readonly [number, string])[])[] = []
    const city = defineCached({
      cache,
      key: (id: number, _lang: string) => `city:${id}`,
      tags: (id) => [`city-${id}`],
      compute: async (id, lang) => `${id} ${lang}`,
      computeMany: async (calls) => {
        runs.push(calls)
        await setImmediate()
        return calls.map(([id, lang]) => `${id} ${lang}`)
      },
    })

    await city.get(2, 'en')
    const asked: [number, string][] = [
      [3, 'en'],
      [2, 'en'],
      [1, 'de'],
      [3, 'en'],
    ]
    expect(await city.getMany(asked)).toEqual(['3 en', '2 en', '1 de', '3 en'])
    expect(runs).toEqual([
      [
        [3, 'en'],
        [1, 'de'],
      ],
    ])
    expect(await city.peek(3, 'en')).toBe('3 en')
    await cache.invalidateTags(['city-3'])
    expect([await city.peek(3, 'en'), await city.peek(1, 'en')]).toEqual([undefined, '1 de'])
  })

  it('tells `computeMany` what it is told of one call', async () => {
    const { cache } = open()
    const city = defineCached({
      cache,
      key: 'city',
      withComputation: true,
      compute: async (_computation, id: number) => id,
      computeMany: async (computation, calls) => {
        computation.of('city(2)').skip()
        return calls.map(([id]) => id)
      },
    })

    expect(await city.getMany([[1], [2]])).toEqual([1, 2])
    expect([await city.peek(1), await city.peek(2)]).toEqual([1, undefined])
  })

  it.each<[string, () => unknown, string]>([
    ['too few values', () => [1], '`computeMany` gave 1 values for 2 calls:'],
    ['no array', () => new Map(), '`computeMany` gave no array for 2 calls:'],
    ['undefined', () => [1, undefined], '`computeMany` gave undefined, which is how a miss'],
  ])('rejects where `computeMany` gives %s', async (_name, computeMany, message) => {
    const { cache } = open()
    const city = defineCached({
      cache,
      key: 'city',
      compute: (id: number) => id,
      computeMany: computeMany as () => number[],
    })

    await expect(city.getMany([[1], [2]])).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
      message: expect.stringContaining(message),
    })
  })

  it.each([5, 'ab', [1], ['ab'], undefined])('refuses %j for a list of calls', async (calls) => {
    const { cache } = open()
    const city = defineCached({ cache, key: 'city', compute: (id: number) => id })

    await expect(city.getMany(calls as never)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('`calls` is '),
    })
  })
})

describe('a definition with a schema', () => {
  it('takes a cached value that no longer fits for a miss', async () => {
    const { cache } = open()
    const city = defineCached({
      cache,
      key: 'city',
      schema: City,
      compute: async (id: number) => ({ id, name: 'computed' }),
    })
    await cache.set(city.keyOf(7), { id: 7, title: 'of an older release' })

    expect(await city.peek(7)).toBeUndefined()
    expect(await city.get(7)).toEqual({ id: 7, name: 'computed' })
    expect(await city.peek(7)).toEqual({ id: 7, name: 'computed' })
  })

  it('gives what the schema puts out, and keeps what it takes', async () => {
    const { cache } = open()
    const Event = z.object({
      at: z.string().transform((text) => new Date(text)),
      seats: z.number().default(10),
    })
    const event = defineCached({
      cache,
      key: 'event',
      schema: Event,
      compute: async () => ({ at: '2026-01-02', extra: true }),
    })
    const expected = { at: new Date('2026-01-02'), seats: 10 }

    expect(await event.get()).toEqual(expected)
    expect(await event.get()).toEqual(expected)
    expect(await event.peek()).toEqual(expected)
    expect(await event.getMany([[], []])).toEqual([expected, expected])
    expect(await cache.get('event()')).toEqual({ at: '2026-01-02', extra: true })
  })

  it('refuses to compute or to set what does not fit', async () => {
    const { cache } = open()
    const city = defineCached({
      cache,
      key: 'city',
      schema: City,
      compute: async (id: number) => ({ id, name: 5 as never }),
    })

    await expect(city.get(7)).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
    await expect(city.set([7], { id: 'seven', name: 'n' } as never)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
      message:
        "The value that was set does not fit its schema at `id`: `cause` has the schema's own words.",
      cause: [{ path: ['id'] }],
    })
    expect(await cache.has('city(7)')).toBe(false)
  })

  it('takes any Standard Schema, also one that answers later or throws', async () => {
    const { cache } = open()
    const later: Schema<string, string> = {
      '~standard': {
        version: 1,
        vendor: 'by hand',
        validate: async (value) => {
          await setImmediate()
          if (typeof value === 'number') throw new TypeError('not a text')
          return typeof value === 'string'
            ? { value: value.toUpperCase() }
            : { issues: [{ message: 'no text', path: [{ key: 'a' }, 0] }] }
        },
      },
    }
    const text = defineCached({ cache, key: 'text', schema: later, compute: async () => 'text' })

    expect(await text.get()).toBe('TEXT')
    await cache.set('text()', 5)
    expect(await text.peek()).toBeUndefined()
    expect(await text.get()).toBe('TEXT')
    await expect(text.set([], {} as never)).rejects.toThrow('at `a.0`')
  })

  it.each([{}, { '~standard': {} }, () => 1])('refuses %s as a schema', (schema) => {
    const { cache } = open()
    const define = () =>
      defineCached({ cache, key: 'k', schema: schema as never, compute: () => 1 })

    expect(define).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining('it must be a Standard Schema'),
      }),
    )
  })
})

it.each<[string, object, string]>([
  ['no cache', { cache: undefined }, '`cache` is undefined'],
  ['no function', { compute: 5 }, '`compute` is 5: it must be a function.'],
  ['no function for many', { computeMany: 5 }, '`computeMany` is 5: it must be a function.'],
  ['no key', { key: undefined }, '`key` is undefined'],
  ['an option that is none', { tll: 5 }, 'There is no option "tll"'],
  [
    'a default for many at once',
    { computeMany: () => [], default: null },
    '`default` is null: it must be left out where there is a `computeMany`.',
  ],
])('refuses a definition with %s', (_name, given, message) => {
  const { cache } = open()
  const define = () =>
    defineCached({ cache, key: 'k', compute: () => 1, ...given } as Parameters<
      typeof defineCached
    >[0])

  expect(define).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining(message),
    }),
  )
})

it('refuses what is no definition', () => {
  expect(() => defineCached(undefined as never)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
  )
})
