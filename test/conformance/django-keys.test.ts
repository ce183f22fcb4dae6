import { expect } from 'vitest'
import type { Cache } from '../../src/index.ts'
import { onEachRig } from '../support/rigs.ts'

// Django refuses or warns; here no well-formed string but the empty one is a wrong key.
async function worksWith(cache: Cache, key: string): Promise<void> {
  expect(await cache.add(key, 1)).toBe(true)
  expect(await cache.get(key)).toBe(1)
  await cache.set(key, 5)
  expect(await cache.incr(key)).toBe(6)
  expect(await cache.decr(key)).toBe(5)
  expect(await cache.touch(key)).toBe(true)
  expect(await cache.delete(key)).toBe(true)
  expect(await cache.setMany(new Map([[key, 1]]))).toEqual([])
  expect(await cache.getMany([key])).toEqual(new Map([[key, 1]]))
  await cache.deleteMany([key])
  expect(await cache.has(key)).toBe(false)
}

onEachRig(({ it }) => {
  it('36: takes a key with spaces, where Django warns or raises', async ({ open }) => {
    await worksWith(open(), 'key with spaces and 清')
  })

  it('37: takes a key of 251 characters, where Django warns or raises', async ({ open }) => {
    await worksWith(open(), 'a'.repeat(251))
  })

  it('38, 64: takes 248 characters that a prefix and version make too long', async ({ open }) => {
    const cache = open()
    await worksWith(cache, 'a'.repeat(248))
    await cache.set('a'.repeat(248), 'one')
    await cache.set('a'.repeat(248), 'two', { version: 2 })

    expect(await cache.get('a'.repeat(248))).toBe('one')
  })

  it('39: keeps versions apart, by argument and by setting', async ({ open }) => {
    const [cache, v2] = [open(), open({ version: 2 })]
    await cache.set('answer1', 42)
    await v2.set('answer2', 43)
    await cache.set('answer3', 44, { version: 2 })
    await v2.set('answer4', 45, { version: 1 })

    expect(await cache.get('answer1')).toBe(42)
    expect(await cache.get('answer1', { version: 2 })).toBeUndefined()
    expect(await v2.get('answer1')).toBeUndefined()
    expect(await v2.get('answer1', { version: 1 })).toBe(42)
    expect(await v2.get('answer2')).toBe(43)
    expect(await cache.get('answer2')).toBeUndefined()
    expect(await cache.get('answer2', { version: 2 })).toBe(43)
    expect(await v2.get('answer3')).toBe(44)
    expect(await cache.get('answer3')).toBeUndefined()
    expect(await cache.get('answer4')).toBe(45)
    expect(await v2.get('answer4')).toBeUndefined()
  })

  it('40: adds within a version', async ({ open }) => {
    const [cache, v2] = [open(), open({ version: 2 })]

    expect(await cache.add('answer1', 42, { version: 2 })).toBe(true)
    expect(await cache.get('answer1')).toBeUndefined()
    expect(await cache.add('answer1', 37, { version: 2 })).toBe(false)
    expect(await cache.add('answer1', 37)).toBe(true)
    expect(await v2.add('answer1', 38)).toBe(false)
    expect(await cache.get('answer1', { version: 2 })).toBe(42)
    expect(await cache.get('answer1')).toBe(37)
  })

  it('41: has a key within a version', async ({ open }) => {
    const [cache, v2] = [open(), open({ version: 2 })]
    await cache.set('answer1', 42)

    expect(await cache.has('answer1')).toBe(true)
    expect(await cache.has('answer1', { version: 2 })).toBe(false)
    expect(await v2.has('answer1')).toBe(false)
    expect(await v2.has('answer1', { version: 1 })).toBe(true)
  })

  it('42: deletes within a version', async ({ open }) => {
    const [cache, v2] = [open(), open({ version: 2 })]
    for (const key of ['answer1', 'answer2']) {
      await cache.set(key, 37, { version: 1 })
      await cache.set(key, 42, { version: 2 })
    }

    expect(await cache.delete('answer1')).toBe(true)
    expect(await cache.get('answer1', { version: 2 })).toBe(42)
    expect(await v2.delete('answer2')).toBe(true)
    expect(await cache.get('answer2')).toBe(37)
    expect(await cache.get('answer2', { version: 2 })).toBeUndefined()
  })

  it('43: counts within a version', async ({ open }) => {
    const [cache, v2] = [open(), open({ version: 2 })]
    await cache.set('answer', 37, { version: 1 })
    await cache.set('answer', 42, { version: 2 })

    expect(await cache.incr('answer')).toBe(38)
    expect(await cache.decr('answer')).toBe(37)
    expect(await v2.incr('answer')).toBe(43)
    expect(await cache.decr('answer', 1, { version: 2 })).toBe(42)
    expect(await cache.get('answer')).toBe(37)
    expect(await cache.get('answer', { version: 2 })).toBe(42)
  })

  it('44: reads and writes many within a version', async ({ open }) => {
    const [cache, v2] = [open(), open({ version: 2 })]
    await cache.setMany({ ford1: 37, arthur1: 42 })
    await cache.setMany({ ford2: 37, arthur2: 42 }, { version: 2 })
    const all = ['ford1', 'arthur1', 'ford2', 'arthur2']

    expect([...(await cache.getMany(all)).keys()]).toEqual(['ford1', 'arthur1'])
    expect([...(await cache.getMany(all, { version: 2 })).keys()]).toEqual(['ford2', 'arthur2'])
    expect([...(await v2.getMany(all)).values()]).toEqual([37, 42])
    expect([...(await v2.getMany(all, { version: 1 })).keys()]).toEqual(['ford1', 'arthur1'])
  })

  it('45: moves a value a version up, with the life it has left', async ({ open, pass }) => {
    const cache = open()
    await cache.set('answer', 42, { version: 2, ttl: 3 })
    await cache.set('null', null)

    expect(await cache.incrVersion('answer', 1, { version: 2 })).toBe(3)
    expect(await cache.get('answer', { version: 2 })).toBeUndefined()
    expect(await cache.get('answer', { version: 3 })).toBe(42)
    expect(await cache.incrVersion('null', 5)).toBe(6)
    expect(await cache.get('null', { version: 6, default: 'gone' })).toBeNull()
    await expect(cache.incrVersion('does_not_exist')).rejects.toMatchObject({
      code: 'ERR_KEY_MISSING',
    })
    // Django gives it the alias's default instead, five minutes.
    await pass(3.1)
    expect(await cache.get('answer', { version: 3 })).toBeUndefined()
  })

  it('46: moves a value a version down', async ({ open }) => {
    const cache = open({ version: 2 })
    await cache.set('answer', 42)
    await cache.set('null', null)

    expect(await cache.decrVersion('answer')).toBe(1)
    expect(await cache.get('answer')).toBeUndefined()
    expect(await cache.get('answer', { version: 1 })).toBe(42)
    expect(await cache.decrVersion('null')).toBe(1)
    expect(await cache.get('null', { version: 1, default: 'gone' })).toBeNull()
    await expect(cache.decrVersion('does_not_exist')).rejects.toMatchObject({
      code: 'ERR_KEY_MISSING',
    })
  })

  it('47, 138: names keys by a function of one’s own', async ({ open }) => {
    const custom = open({
      keyFunction: (key, keyPrefix, version) => `CUSTOM-${[keyPrefix, version, key].join('-')}`,
    })
    const same = open({ keyFunction: (...parts) => `CUSTOM-${parts[1]}-${parts[2]}-${parts[0]}` })
    const plain = open()
    await plain.set('answer1', 42)
    await custom.set('answer2', 43)

    expect(await custom.get('answer1')).toBeUndefined()
    expect(await plain.get('answer2')).toBeUndefined()
    expect(await same.get('answer2')).toBe(43)
    await expect(custom.clear()).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })
})
