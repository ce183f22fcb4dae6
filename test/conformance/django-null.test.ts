import { expect, it } from 'vitest'
import { Cache, createCaches, NullBackend } from '../../src/index.ts'

const open = (): Cache => new Cache(new NullBackend())

it('80, 103: ignores set', async () => {
  const cache = open()
  await cache.set('key', 'value')

  expect(await cache.get('key')).toBeUndefined()
})

it('81, 104: says yes to every add and keeps nothing', async () => {
  const cache = open()

  expect(await cache.add('key', 'value')).toBe(true)
  expect(await cache.add('key', 'value')).toBe(true)
  expect(await cache.get('key')).toBeUndefined()
})

it('82, 105: misses, or gives the default', async () => {
  expect(await open().get('key')).toBeUndefined()
  expect(await open().get('key', { default: 'default' })).toBe('default')
})

it('83, 106: finds none of many', async () => {
  const cache = open()
  await cache.setMany({ a: 'a', b: 'b' })

  expect(await cache.getMany(['a', 'b'])).toEqual(new Map())
})

it('84, 107: takes any well-formed key and refuses the rest', async () => {
  expect(await open().getMany(['key with spaces'])).toEqual(new Map())
  await expect(open().getMany(['\ud800'])).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
})

it('85, 108: deletes nothing', async () => {
  const cache = open()
  await cache.set('key', 'value')

  expect(await cache.delete('key')).toBe(false)
})

it('86, 87, 109: has nothing', async () => {
  const cache = open()
  await cache.set('key', 'value')

  expect(await cache.has('key')).toBe(false)
})

it('88, 110: has no number to count up', async () => {
  const cache = open()
  await cache.set('answer', 42)

  await expect(cache.incr('answer')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
  await expect(cache.incr('missing')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
})

it('89, 111: has no number to count down', async () => {
  await expect(open().decr('answer')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
})

it('90, 112: touches nothing', async () => {
  expect(await open().touch('whatever')).toBe(false)
})

it('91, 93, 113, 115: ignores any type and any characters', async () => {
  const cache = open()
  for (const value of ['unicode ÿ', 42, [1], { a: 1 }, new Map([[1, 2]])]) {
    await cache.set('Iñtërnâtiônàlizætiøn', value)
    expect(await cache.get('Iñtërnâtiônàlizætiøn')).toBeUndefined()
  }
})

it('92, 114: ignores lifetimes', async () => {
  const cache = open()
  await cache.set('expire1', 'very quickly', { ttl: Infinity })

  expect(await cache.has('expire1')).toBe(false)
  expect(await cache.add('expire1', 'newvalue', { ttl: 1 })).toBe(true)
})

it('94, 116: takes many and keeps none', async () => {
  const cache = open()

  expect(await cache.setMany({ a: 1, b: 2 })).toEqual([])
  expect(await cache.setMany({ a: 1, b: 2 }, { ttl: 2, version: 1 })).toEqual([])
})

it('95, 117: refuses a malformed key among many', async () => {
  const setting = open().setMany({ fine: 1, '\ud800': 2 })

  await expect(setting).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
})

it('96, 97, 118, 119: deletes many without effect, from any iterable', async () => {
  expect(await open().deleteMany(['a', 'b'])).toBeUndefined()
  expect(await open().deleteMany(new Map([['a', 1]]).keys())).toBeUndefined()
  await expect(open().deleteMany(['\ud800'])).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
})

it('98, 120, 121: clears and closes without effect', async () => {
  const cache = open()

  expect(await cache.clear()).toBeUndefined()
  expect(await cache.close()).toBeUndefined()
})

it('99, 122: has no value to move up', async () => {
  const cache = open()
  await cache.set('answer', 42)

  await expect(cache.incrVersion('answer')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
  await expect(cache.incrVersion('answer', 1, { version: 2 })).rejects.toMatchObject({
    code: 'ERR_KEY_MISSING',
  })
})

it('100, 123: has no value to move down', async () => {
  await expect(open().decrVersion('answer')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
})

it('101, 102, 124, 125: computes each time, null too', async () => {
  const cache = open()
  let calls = 0

  expect(await cache.getOrSet('mykey', () => `value ${++calls}`)).toBe('value 1')
  expect(await cache.getOrSet('mykey', () => `value ${++calls}`)).toBe('value 2')
  expect(await cache.getOrSet('mykey', () => null)).toBeNull()
})

it('103: is what `null://` opens', async () => {
  await using caches = createCaches({ default: 'null://' })
  await caches.default.set('key', 'value')

  expect(await caches.default.has('key')).toBe(false)
})
