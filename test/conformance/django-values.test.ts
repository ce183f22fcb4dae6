import { deflateSync, inflateSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Storable } from '../../src/index.ts'
import { onEachRig } from '../support/rigs.ts'

// Each title starts with the line of Django's own test that it stands for.
onEachRig(({ it }) => {
  it('1: gives a string back', async ({ open }) => {
    const cache = open()
    await cache.set('key', 'value')

    expect(await cache.get('key')).toBe('value')
  })

  it('2: returns a stored null, not the default', async ({ open }) => {
    const cache = open()
    await cache.set('null', null)

    expect(await cache.get('null', { default: 'default' })).toBeNull()
  })

  it('3: refuses a second add and keeps the first value', async ({ open }) => {
    const cache = open()

    expect(await cache.add('addkey1', 'value')).toBe(true)
    expect(await cache.add('addkey1', 'newvalue')).toBe(false)
    expect(await cache.get('addkey1')).toBe('value')
  })

  it("4: neither sees nor overwrites another prefix's key", async ({ open }) => {
    const [plain, prefixed] = [open(), open({ keyPrefix: 'cacheprefix' })]
    await plain.set('somekey', 'value')

    expect(await prefixed.has('somekey')).toBe(false)
    await prefixed.set('somekey', 'value2')
    expect(await plain.get('somekey')).toBe('value')
    expect(await prefixed.get('somekey')).toBe('value2')
  })

  it('5: misses a key that is not there, or gives the default', async ({ open }) => {
    const cache = open()

    expect(await cache.get('does_not_exist')).toBeUndefined()
    expect(await cache.get('does_not_exist', { default: 'bang!' })).toBe('bang!')
  })

  it('6: reads many from any iterable, by the caller’s keys, nulls too', async ({ open }) => {
    const cache = open()
    await cache.setMany({ a: 'a', b: 'b', c: 'c', d: 'd', null: null })

    expect(await cache.getMany(['a', 'c', 'd'])).toEqual(
      new Map([
        ['a', 'a'],
        ['c', 'c'],
        ['d', 'd'],
      ]),
    )
    expect(await cache.getMany(new Set(['a', 'b', 'e']))).toEqual(
      new Map([
        ['a', 'a'],
        ['b', 'b'],
      ]),
    )
    expect(await cache.getMany(['a', 'null'].values())).toEqual(
      new Map<string, string | null>([
        ['a', 'a'],
        ['null', null],
      ]),
    )
    expect(await cache.getMany([])).toEqual(new Map())
  })

  it('7: deletes one key and leaves the others', async ({ open }) => {
    const cache = open()
    await cache.setMany({ key1: 'spam', key2: 'eggs' })

    expect(await cache.delete('key1')).toBe(true)
    expect(await cache.get('key1')).toBeUndefined()
    expect(await cache.get('key2')).toBe('eggs')
  })

  it('8: returns false for a delete of nothing', async ({ open }) => {
    expect(await open().delete('nonexistent')).toBe(false)
  })

  it('9, 10: has what is there, endless and null values too', async ({ open }) => {
    const cache = open()
    await cache.set('hello1', 'goodbye1')
    await cache.set('no_expiry', 'here', { ttl: Infinity })
    await cache.set('null', null)

    expect(await cache.has('hello1')).toBe(true)
    expect(await cache.has('goodbye1')).toBe(false)
    expect(await cache.has('no_expiry')).toBe(true)
    expect(await cache.has('null')).toBe(true)
  })

  it('11: counts up, and rejects for a missing key and for null', async ({ open }) => {
    const cache = open()
    await cache.set('answer', 41)
    await cache.set('null', null)

    expect(await cache.incr('answer')).toBe(42)
    expect(await cache.get('answer')).toBe(42)
    expect(await cache.incr('answer', 10)).toBe(52)
    expect(await cache.get('answer')).toBe(52)
    expect(await cache.incr('answer', -10)).toBe(42)
    await expect(cache.incr('does_not_exist')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
    await expect(cache.incr('does_not_exist', -1)).rejects.toMatchObject({
      code: 'ERR_KEY_MISSING',
    })
    await expect(cache.incr('null')).rejects.toMatchObject({ code: 'ERR_NOT_A_NUMBER' })
  })

  it('12: counts down, a negative delta up', async ({ open }) => {
    const cache = open()
    await cache.set('answer', 43)
    await cache.set('null', null)

    expect(await cache.decr('answer')).toBe(42)
    expect(await cache.decr('answer', 10)).toBe(32)
    expect(await cache.get('answer')).toBe(32)
    expect(await cache.decr('answer', -10)).toBe(42)
    await expect(cache.decr('does_not_exist')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
    await expect(cache.decr('null')).rejects.toMatchObject({ code: 'ERR_NOT_A_NUMBER' })
  })

  it('13: may be closed, more than once', async ({ open }) => {
    const cache = open()
    await cache.close()
    await cache.close()

    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('14: gives types back as they were', async ({ open }) => {
    const cache = open()
    const values: Record<string, Storable> = {
      string: 'this is a string',
      int: 42,
      bool: true,
      list: [1, 2, 3, 4],
      map: new Map([['A', 1]]),
      object: { A: 1, B: 2 },
      date: new Date(86_400_000),
    }
    await cache.setMany(values)

    for (const [key, value] of Object.entries(values)) {
      expect(await cache.get(key)).toStrictEqual(value)
    }
  })

  it('15: runs no code of a value when reading it', async ({ open }) => {
    const cache = open()
    let runs = 0
    const value = {
      get answer() {
        runs++
        return 42
      },
    }
    await cache.set('deferred', value)
    const runsWhenStored = runs
    const read = await cache.get<{ answer: number }>('deferred')

    expect(read?.answer).toBe(42)
    expect(runs).toBe(runsWhenStored)
  })

  it('20: takes any characters in keys and values', async ({ open }) => {
    const stuff: Record<string, Storable> = {
      ascii: 'ascii_value',
      unicode_ascii: 'Iñtërnâtiônàlizætiøn1',
      Iñtërnâtiônàlizætiøn: 'Iñtërnâtiônàlizætiøn2',
      ascii2: { x: 1 },
    }
    for (const [key, value] of Object.entries(stuff)) {
      const cache = open()
      await cache.set(key, value)
      expect(await cache.get(key)).toEqual(value)
      await cache.delete(key)
      expect(await cache.add(key, value)).toBe(true)
      expect(await cache.get(key)).toEqual(value)
    }
    const cache = open({ keyPrefix: 'many' })
    expect(await cache.setMany(stuff)).toEqual([])
    expect(await cache.getMany(Object.keys(stuff))).toEqual(new Map(Object.entries(stuff)))
  })

  it('21: keeps bytes byte for byte', async ({ open }) => {
    const cache = open()
    const compressed = deflateSync('value_to_be_compressed')
    await cache.set('binary1', compressed)
    await cache.add('binary1-add', compressed)
    await cache.setMany({ 'binary1-set_many': compressed })

    for (const key of ['binary1', 'binary1-add', 'binary1-set_many']) {
      const read = await cache.get<Buffer>(key)
      expect(read).toEqual(compressed)
      expect(inflateSync(read ?? '').toString()).toBe('value_to_be_compressed')
    }
  })

  it('22, 23: stores many and returns an empty list', async ({ open }) => {
    const cache = open()

    expect(await cache.setMany({ key1: 'spam', key2: 'eggs' })).toEqual([])
    expect(await cache.get('key1')).toBe('spam')
    expect(await cache.get('key2')).toBe('eggs')
  })

  it('25: takes nothing to store for an answer', async ({ open }) => {
    expect(await open().setMany({})).toEqual([])
  })

  it('26, 27: deletes many and leaves the others', async ({ open }) => {
    const cache = open()
    await cache.setMany({ key1: 'spam', key2: 'eggs', key3: 'ham' })

    expect(await cache.deleteMany(['key1', 'key2'])).toBeUndefined()
    expect(await cache.deleteMany([])).toBeUndefined()
    expect(await cache.getMany(['key1', 'key2', 'key3'])).toEqual(new Map([['key3', 'ham']]))
  })

  it('28: clears its own prefix, where Django clears the server', async ({ open }) => {
    const [cache, other] = [open(), open({ keyPrefix: 'other' })]
    await cache.setMany({ key1: 'spam', key2: 'eggs' })
    await cache.set('key3', 'ham', { version: 2 })
    await other.set('key1', 'stays')

    await cache.clear()
    expect(await cache.getMany(['key1', 'key2'])).toEqual(new Map())
    expect(await cache.get('key3', { version: 2 })).toBeUndefined()
    expect(await other.get('key1')).toBe('stays')
  })

  it('48: keeps a value that was read when it is stored again', async ({ open }) => {
    const cache = open()
    const page = { status: 200, headers: [['set-cookie', 'foo=bar']], body: Buffer.from('hi') }
    await cache.set('page', page)
    await cache.set('copy', (await cache.get('page')) ?? null)

    expect(await cache.get('copy')).toEqual(page)
  })

  it('49, 50: rejects what cannot be stored, naming the place', async ({ open }) => {
    const cache = open()
    class Unserialisable {}
    const error = {
      code: 'ERR_VALUE_INVALID',
      message: expect.stringContaining('`value.a[0]` is an instance of Unserialisable'),
    }

    const value = { a: [new Unserialisable()] }
    await expect(cache.add('unpicklable', value)).rejects.toMatchObject(error)
    await expect(cache.set('unpicklable', value)).rejects.toMatchObject(error)
  })
})
