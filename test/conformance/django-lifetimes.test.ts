import { expect, it as plainIt } from 'vitest'
import { Cache, MemoryBackend } from '../../src/index.ts'
import { onEachRig } from '../support/rigs.ts'

const MONTH = 60 * 60 * 24 * 30

onEachRig(({ it }) => {
  it('18: forgets a key when its time has passed', async ({ open, pass }) => {
    const cache = open()
    for (const key of ['expire1', 'expire2', 'expire3']) await cache.set(key, 'very', { ttl: 1 })

    await pass(2)
    expect(await cache.get('expire1')).toBeUndefined()
    expect(await cache.add('expire2', 'newvalue')).toBe(true)
    expect(await cache.get('expire2')).toBe('newvalue')
    expect(await cache.has('expire3')).toBe(false)
  })

  it('19: extends a life by touch', async ({ open, pass }) => {
    const cache = open()
    await cache.set('expire1', 'very quickly', { ttl: 2 })
    await cache.set('default', 'very quickly', { ttl: 2 })

    expect(await cache.touch('expire1', 4)).toBe(true)
    expect(await cache.touch('default')).toBe(true)
    await pass(2.1)
    expect(await cache.has('expire1')).toBe(true)
    await pass(3)
    expect(await cache.has('expire1')).toBe(false)
    expect(await cache.has('default')).toBe(true)
    expect(await cache.touch('nonexistent')).toBe(false)
  })

  it('24: gives every key of setMany its ttl', async ({ open, pass }) => {
    const cache = open()
    await cache.setMany({ key1: 'spam', key2: 'eggs' }, { ttl: 1 })

    await pass(2)
    expect(await cache.getMany(['key1', 'key2'])).toEqual(new Map())
  })

  it('29: takes a lifetime over 30 days', async ({ open }) => {
    const cache = open()
    await cache.set('key1', 'eggs', { ttl: MONTH + 1 })
    expect(await cache.add('key2', 'ham', { ttl: MONTH + 1 })).toBe(true)
    await cache.setMany({ key3: 'sausage', key4: 'lobster' }, { ttl: MONTH + 1 })

    const found = await cache.getMany(['key1', 'key2', 'key3', 'key4'])
    expect([...found.values()].sort()).toEqual(['eggs', 'ham', 'lobster', 'sausage'])
  })

  it('30: keeps for ever, where Django writes None', async ({ open, pass }) => {
    const cache = open({ ttl: 1 })
    await cache.set('key1', 'eggs', { ttl: Infinity })
    expect(await cache.add('key2', 'ham', { ttl: Infinity })).toBe(true)
    expect(await cache.add('key1', 'new eggs', { ttl: Infinity })).toBe(false)
    await cache.setMany({ key3: 'sausage', key4: 'lobster' }, { ttl: Infinity })
    await cache.set('key5', 'belgian fries', { ttl: 3 })
    expect(await cache.touch('key5', Infinity)).toBe(true)

    await pass(3.1)
    const found = await cache.getMany(['key1', 'key2', 'key3', 'key4', 'key5'])
    expect([...found.values()]).toEqual(['eggs', 'ham', 'sausage', 'lobster', 'belgian fries'])
  })

  it('31: keeps nothing with a ttl of 0 or less', async ({ open }) => {
    const cache = open()
    await cache.set('key1', 'old')
    await cache.set('key1', 'eggs', { ttl: 0 })
    expect(await cache.get('key1')).toBeUndefined()
    expect(await cache.add('key2', 'ham', { ttl: 0 })).toBe(true)
    expect(await cache.get('key2')).toBeUndefined()
    expect(await cache.setMany({ key3: 'sausage', key4: 'lobster' }, { ttl: -1 })).toEqual([])
    expect(await cache.getMany(['key3', 'key4'])).toEqual(new Map())
    await cache.set('key5', 'belgian fries', { ttl: 5 })
    expect(await cache.add('key5', 'ham', { ttl: 0 })).toBe(false)
    expect(await cache.touch('key5', 0)).toBe(true)
    expect(await cache.get('key5')).toBeUndefined()
    expect(await cache.touch('key5', 0)).toBe(false)
  })

  it('32: takes fractions of a second', async ({ open }) => {
    const cache = open()
    await cache.set('key1', 'spam', { ttl: 100.2 })

    expect(await cache.get('key1')).toBe('spam')
  })

  it('32: keeps them, where Django’s memcached backends cut them off', async ({ open, pass }) => {
    const cache = open()
    await cache.set('half', 'spam', { ttl: 0.5 })

    expect(await cache.get('half')).toBe('spam')
    await pass(0.51)
    expect(await cache.get('half')).toBeUndefined()
  })

  it('76: leaves the expiry unchanged by incr and decr', async ({ open, pass }) => {
    const cache = open()
    await cache.set('value', 1, { ttl: 4 })
    await cache.set('fraction', 1, { ttl: 3.5 })
    await pass(1)
    await cache.incr('value')
    await cache.decr('value', 2)
    await cache.incr('fraction')

    expect(await cache.get('value')).toBe(0)
    expect(await cache.get('fraction')).toBe(2)
    await pass(3.1)
    expect(await cache.getMany(['value', 'fraction'])).toEqual(new Map())
  })

  it('134, 135: has an expiry by default, and none with a ttl of Infinity', async (scene) => {
    const { backend, open } = scene
    const keyFunction = (key: string): string => key
    await open({ keyFunction }).set('expiring', 'v')
    await open({ keyFunction, ttl: Infinity }).set('endless', 'v')

    const expiring = await backend.get('expiring', { mark: true })
    const endless = await backend.get('endless', { mark: true })
    expect(expiring?.ttlLeft).toBeGreaterThan(298)
    expect(expiring?.ttlLeft).toBeLessThanOrEqual(300)
    expect(endless?.ttlLeft).toBe(Infinity)
  })
})

plainIt('33, 34: drops the least recently used alone, where Django culls a part', async () => {
  const cache = new Cache(new MemoryBackend({ maxEntries: 30 }))
  for (let i = 1; i < 50; i++) await cache.set(`cull${i}`, 'value', { ttl: 1000 })

  const keys = Array.from({ length: 49 }, (_, i) => `cull${i + 1}`)
  const left = await cache.getMany(keys)
  expect(left.size).toBe(30)
  expect([...left.keys()][0]).toBe('cull20')
})

plainIt('35: stores the first key of an empty store, however small', async () => {
  const cache = new Cache(new MemoryBackend({ maxEntries: 1 }))
  await cache.set('force_cull', 'value', { ttl: 1000 })

  expect(await cache.has('force_cull')).toBe(true)
})
