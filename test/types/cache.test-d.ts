import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  type Cache,
  type Caches,
  type CachesSettings,
  createCaches,
  type GetOrSetOptions,
  type Lookup,
} from '../../src/index.ts'

const caches = createCaches({
  default: { backend: 'memcached', location: ['10.0.0.1'], ttl: '15m', version: 1 },
  fragments: 'memory://?maxBytes=64mb',
})

it('knows the aliases', () => {
  expectTypeOf(caches.default).toEqualTypeOf<Cache>()
  expectTypeOf(caches.fragments).toEqualTypeOf<Cache>()
  // @ts-expect-error: there is no such alias
  caches.sessions
  expectTypeOf(createCaches().default).toEqualTypeOf<Cache>()
  // @ts-expect-error: there is no such alias
  createCaches().fragments
  expectTypeOf(caches).toExtend<Caches>()
})

it('claims no alias but the default of settings that are known only at run time', () => {
  const read = createCaches({ default: 'memory://' } as CachesSettings)
  expectTypeOf(read).toEqualTypeOf<Caches>()
  // @ts-expect-error: it may not be there; `get` tells
  read.fragments
})

it('needs a default, a known backend and a duration', () => {
  // @ts-expect-error: `default` is missing
  createCaches({ fragments: 'memory://' })
  // @ts-expect-error: no such backend
  createCaches({ default: { backend: 'redis' } })
  // @ts-expect-error: no duration
  createCaches({ default: { ttl: '5 minutes' } })
})

it('tells a miss', async () => {
  expectTypeOf(await caches.default.get<string>('k')).toEqualTypeOf<string | undefined>()
  expectTypeOf(await caches.default.get<string>('k', { default: '' })).toEqualTypeOf<string>()
  expectTypeOf(await caches.default.get<string, null>('k', { default: null })).toEqualTypeOf<
    string | null
  >()
  expectTypeOf(await caches.default.getMany<number>(['k'])).toEqualTypeOf<Map<string, number>>()
})

it('gives what the computation gives', async () => {
  expectTypeOf(await caches.default.getOrSet('k', () => 5)).toEqualTypeOf<number>()
  expectTypeOf(await caches.default.getOrSet('k', async () => null)).toEqualTypeOf<null>()
  // @ts-expect-error: undefined is how a miss is told
  await caches.default.getOrSet('k', () => undefined)
  await caches.default.getOrSet('k', (computation) => {
    expectTypeOf(computation.signal).toEqualTypeOf<AbortSignal>()
    computation.ttl = '5m'
    return 1
  })
})

it('gives a default its own type, and what a schema puts out', async () => {
  const cache = caches.default
  const schema = z.object({ at: z.string().transform((text) => new Date(text)) })
  const compute = async () => ({ at: '2026-01-02' })
  const options: GetOrSetOptions = { ttl: 5, staleIfError: '1h' }

  expectTypeOf(await cache.getOrSet('k', () => 5, { default: null })).toEqualTypeOf<number | null>()
  expectTypeOf(await cache.getOrSet('k', compute, { schema })).toEqualTypeOf<{ at: Date }>()
  expectTypeOf(await cache.getOrSet('k', compute, { schema, default: 'd' })).toEqualTypeOf<
    { at: Date } | string
  >()
  expectTypeOf(await cache.getOrSet('k', () => 5, options)).toEqualTypeOf<number>()
  // @ts-expect-error: what it puts out may be no value
  await cache.getOrSet('k', () => 'v', { schema: z.string().optional() })
})

it('lets a value be said to be unmodified wherever one is expected', async () => {
  const value = await caches.default.getOrSet('k', (computation) => {
    expectTypeOf(computation.old?.value).toEqualTypeOf<unknown>()
    return computation.old === undefined ? 5 : computation.notModified()
  })

  expectTypeOf(value).toEqualTypeOf<number>()
})

it('gives many values by key, in whatever form they were computed', async () => {
  const cache = caches.default
  const byMap = cache.getOrSetMany(['k'], (keys) => new Map(keys.map((key) => [key, 1])))
  const byPairs = cache.getOrSetMany(['k'], async (keys) => keys.map((key) => [key, 1] as const))
  const byObject = cache.getOrSetMany(['k'], (_, { of }) => {
    of('k').ttl = '5m'
    return { k: 'v' }
  })

  expectTypeOf(await byMap).toEqualTypeOf<Map<string, number>>()
  expectTypeOf(await byPairs).toExtend<Map<string, number>>()
  expectTypeOf(await byObject).toEqualTypeOf<Map<string, string>>()
  const dated = cache.getOrSetMany(['k'], () => ({ k: '2020-01-01' }), { schema: z.coerce.date() })
  expectTypeOf(await dated).toEqualTypeOf<Map<string, Date>>()
  // @ts-expect-error: no list of values
  await cache.getOrSetMany(['k'], () => 5)
})

it('refuses undefined', async () => {
  // @ts-expect-error: undefined is how a miss is told
  await caches.default.set('k', undefined)
  // @ts-expect-error: also among many
  await caches.default.setMany({ k: undefined })
})

it('tells the states of a look-up apart', async () => {
  const found = await caches.default.lookup<string>('k')
  expectTypeOf(found).toEqualTypeOf<Lookup<string>>()
  if (found.state === 'fresh') expectTypeOf(found.value).toEqualTypeOf<string>()
  if (found.state === 'won') {
    expectTypeOf(found.lease.fill('v', { ttl: '5m' })).toEqualTypeOf<Promise<boolean>>()
  }
  // @ts-expect-error: nothing was found
  if (found.state === 'busy') found.value
})

it('takes tags where values are stored, and names them to invalidate', async () => {
  const { default: cache } = caches
  await cache.set('k', 1, { tags: ['a'] })
  await cache.setMany({ k: 1 }, { tags: new Set(['a']) })
  await cache.getOrSet('k', (computation) => computation.tags.push('b'), { tags: ['a'] })
  expectTypeOf(cache.invalidateTags(['a'], { mode: 'hard' })).toEqualTypeOf<Promise<boolean>>()
  // @ts-expect-error: no such mode
  await cache.invalidateTags(['a'], { mode: 'firm' })
  // @ts-expect-error: a read tells no tags
  await cache.get('k', { tags: ['a'] })
})

it('gives a whole cache for a namespace', () => {
  expectTypeOf(caches.default.namespace('n').namespace('inner')).toEqualTypeOf<Cache>()
})
