import { expectTypeOf, it } from 'vitest'
import { createCaches, type Memoized } from '../../src/index.ts'

const { default: cache } = createCaches({ default: 'memory://' })

interface City {
  readonly id: number
}
const loadCity = async (id: number, language = 'en'): Promise<City> => ({
  id: id + language.length,
})

it('keeps the arguments and the awaited result', async () => {
  const city = cache.memoize(loadCity, { key: 'city', ttl: '1h' })

  expectTypeOf(city).toEqualTypeOf<Memoized<[id: number, language?: string], City>>()
  expectTypeOf(await city(7)).toEqualTypeOf<City>()
  expectTypeOf(city.keyOf(7, 'de')).toEqualTypeOf<string>()
  expectTypeOf(await city.fresh(7)).toEqualTypeOf<City>()
  expectTypeOf(await city.invalidate(7)).toEqualTypeOf<boolean>()
  expectTypeOf(await city.delete(7)).toEqualTypeOf<boolean>()
  // @ts-expect-error: a number
  await city('7')
  // @ts-expect-error: the arguments are those of the function
  await city.invalidate()
})

it('gives a promise of a function that is not async', () => {
  const double = cache.memoize((n: number) => n * 2, { key: 'double' })

  expectTypeOf(double(2)).toEqualTypeOf<Promise<number>>()
})

it('types keys and tags by the function', () => {
  cache.memoize(loadCity, {
    key: (id, language) => {
      expectTypeOf(id).toEqualTypeOf<number>()
      expectTypeOf(language).toEqualTypeOf<string | undefined>()
      return `${id}`
    },
    tags: (id) => [id.toFixed()],
  })
  // @ts-expect-error: a key is a string
  cache.memoize(loadCity, { key: (id) => id })
  // @ts-expect-error: there must be a key
  cache.memoize(loadCity, { ttl: 60 })
  // @ts-expect-error: there is no such option
  cache.memoize(loadCity, { key: 'city', tll: 60 })
})

it('gives the computation first, and leaves it out of the arguments', async () => {
  const city = cache.memoize(
    async (computation, id: number) => {
      expectTypeOf(computation.signal).toEqualTypeOf<AbortSignal>()
      return loadCity(id)
    },
    { key: 'city', withComputation: true },
  )

  expectTypeOf(city).toEqualTypeOf<Memoized<[id: number], City>>()
})

it('adds the default, and gives what the schema puts out', async () => {
  const city = cache.memoize(loadCity, { key: 'city', default: null })
  expectTypeOf(await city(7)).toEqualTypeOf<City | null>()

  const text = cache.memoize(loadCity, {
    key: 'city',
    schema: {
      '~standard': {
        version: 1,
        vendor: 'by hand',
        validate: (city) => ({ value: `${city}` }),
      },
    },
  })
  expectTypeOf(await text(7)).toEqualTypeOf<string>()
})

it('refuses a function that may give undefined', () => {
  // @ts-expect-error: undefined is how a miss is told
  cache.memoize((id: number) => (id > 1 ? id : undefined), { key: 'k' })
  // @ts-expect-error: also later
  cache.memoize(async (id: number) => (id > 1 ? id : undefined), { key: 'k' })
  // @ts-expect-error: also to a function that is told the computation
  cache.memoize(async (_, id: number) => (id > 1 ? id : undefined), {
    key: 'k',
    withComputation: true,
  })
  // What the compiler knows nothing of is looked at when it is there.
  const parse = cache.memoize((text: string) => JSON.parse(text), { key: 'k' })
  // biome-ignore lint/suspicious/noExplicitAny: that is what `JSON.parse` gives
  expectTypeOf(parse).toEqualTypeOf<Memoized<[text: string], any>>()
})
