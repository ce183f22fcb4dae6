import { expectTypeOf, it } from 'vitest'
import {
  type Cache,
  type Caches,
  type CachesSettings,
  createCaches,
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
