import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../../src/client/index.ts'
import { openClient } from '../../support/client.ts'
import { freePort, type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { executedCommands } from '../../support/raw.ts'

let one: MemcachedServer
let two: MemcachedServer
let client: MemcachedClient

beforeAll(async () => {
  one = await startMemcached(['-m', '256'])
  two = await startMemcached(['-m', '256'])
  client = openClient({
    servers: [`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`],
    timeoutMs: 5000,
  })
})

afterAll(async () => {
  await client.close()
  await one.kill()
  await two.kill()
})

beforeEach(async () => {
  await client.flushAll()
})

describe('setMany', () => {
  it.each([
    ['pairs', [['a', '1'] as const, ['b', Buffer.from('2')] as const]],
    [
      'a Map',
      new Map<string, string | Buffer>([
        ['a', '1'],
        ['b', Buffer.from('2')],
      ]),
    ],
    ['an object', { a: '1', b: Buffer.from('2') }],
    ['a generator', pairs()],
  ])('stores %s', async (_, entries) => {
    expect(await client.setMany(entries, { flags: 4, ttl: 60 })).toEqual([])

    const found = await client.getManyMeta(['a', 'b', 'c'], { value: true, flags: true, ttl: true })
    expect([...found.keys()].sort()).toEqual(['a', 'b'])
    expect(found.get('a')).toMatchObject({ value: Buffer.from('1'), flags: 4, ttl: 60 })
    expect(found.get('b')).toMatchObject({ value: Buffer.from('2'), flags: 4, ttl: 60 })
  })

  it('tells the keys whose values are too large, and stores the rest', async () => {
    await client.set('large', 'old')
    const entries = {
      a: '1',
      large: Buffer.alloc(1_048_576 - 10),
      larger: Buffer.alloc(1_048_577),
      z: '2',
    }

    expect(await client.setMany(entries)).toEqual(['large', 'larger'])

    const found = await client.getMany(Object.keys(entries))
    expect([...found.keys()].sort()).toEqual(['a', 'z'])
  })

  it.each([
    ['a key', { a: '1', '': '2' }, {}, 'ERR_KEY_INVALID'],
    ['a value', { a: '1', b: 7 as unknown as string }, {}, 'ERR_VALUE_INVALID'],
    ['a flag', { a: '1' }, { flags: -1 }, 'ERR_OPTION_INVALID'],
    ['a string for pairs', 'ab' as unknown as Record<string, string>, {}, 'ERR_OPTION_INVALID'],
  ])('stores nothing where %s is unfit', async (_, entries, options, code) => {
    await expect(client.setMany(entries, options)).rejects.toMatchObject({ code })
    expect(await client.get('a')).toBeUndefined()
  })

  it('stores what the values were when they were given, not what they became', async () => {
    const values = Array.from({ length: 2500 }, (_, i) => [`k${i}`, Buffer.from('before')] as const)

    const stored = client.setMany(values)
    for (const [, value] of values) value.fill('x')
    await stored

    const found = await client.getMany(values.map(([key]) => key))
    expect(new Set([...found.values()].map(({ value }) => value.toString()))).toEqual(
      new Set(['before']),
    )
    expect(found.size).toBe(2500)
  })

  it('keeps the last of a key that comes twice', async () => {
    await client.setMany([
      ['k', 'first'],
      ['k', 'last'],
    ])

    expect((await client.get('k'))?.value.toString()).toBe('last')
  })

  it('stores 100 MB of values within the limits of what may be under way', async () => {
    const value = Buffer.alloc(1_000_000, 'v')
    const entries = Array.from({ length: 100 }, (_, i) => [`big:${i}`, value] as const)

    expect(await client.setMany(entries)).toEqual([])
  })
})

describe('100 000 keys', () => {
  it('are set, read, touched and deleted, while others get through', async () => {
    await using narrow = openClient({
      servers: client.servers,
      timeoutMs: 5000,
      maxPending: 500,
    })
    const keys = Array.from({ length: 100_000 }, (_, i) => `many:${i}`)

    expect(await narrow.setMany(keys.map((key) => [key, key] as const))).toEqual([])
    const reading = narrow.getMany(keys)
    const others = await Promise.all(keys.slice(0, 20).map((key) => client.get(key)))
    const found = await reading
    expect(others.every((item) => item !== undefined)).toBe(true)
    expect(found.size).toBe(100_000)
    expect(found.get('many:99999')?.value.toString()).toBe('many:99999')
    expect((await narrow.getManyMeta(keys, { size: true })).size).toBe(100_000)
    expect(await narrow.touchMany(keys, 60)).toBe(100_000)
    expect(await narrow.deleteMany(keys)).toBe(100_000)
    expect(await narrow.deleteMany(keys)).toBe(0)
  })
})

describe('deleteMany and touchMany', () => {
  it('tell how many there were, each key counted once', async () => {
    await client.setMany({ a: '1', b: '2', 'é ': '3' }, { ttl: 10 })

    expect(await client.touchMany(['a', 'a', 'é ', 'missing'], 100)).toBe(2)
    expect(await client.metaGet('a', { ttl: true })).toMatchObject({ ttl: 100 })
    expect(await client.metaGet('b', { ttl: true })).toMatchObject({ ttl: 10 })
    expect(await client.deleteMany(new Set(['a', 'b', 'é ', 'missing']))).toBe(3)
  })

  it('send nothing for an empty list, nor for one with an unfit key', async () => {
    const { items: _, ...before } = await executedCommands(one.port)

    expect(await client.deleteMany([])).toBe(0)
    await expect(client.deleteMany(['a', ''])).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    await expect(client.deleteMany('abc')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(client.touchMany(['a'], undefined as unknown as number)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })

    expect(await executedCommands(one.port)).toMatchObject(before)
  })

  it('reject where a server is dead, after they have reached the others', async () => {
    await using half = openClient({
      servers: [`127.0.0.1:${one.port}`, `127.0.0.1:${await freePort()}`],
    })
    const keys = Array.from({ length: 3000 }, (_, i) => `half:${i}`)
    const alive = keys.filter((key) => half.serverOf(key) === `127.0.0.1:${one.port}`)
    await using direct = openClient(`127.0.0.1:${one.port}`)
    await direct.setMany(alive.map((key) => [key, 'v'] as const))

    await expect(half.deleteMany(keys)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    expect(alive.length).toBeGreaterThan(1000)
    expect((await direct.getMany(alive)).size).toBe(0)
  })
})

describe('getManyMeta', () => {
  it('reads what was asked for, of keys that live together too', async () => {
    const options = { routeKey: 'together' }
    await client.setMany({ a: '1', b: '22' }, options)

    const found = await client.getManyMeta(['a', 'b', 'c'], { ...options, size: true })

    expect([...found].map(([key, { size, value }]) => [key, size, value])).toEqual([
      ['a', 1, undefined],
      ['b', 2, undefined],
    ])
    expect(await client.deleteMany(['a', 'b'], options)).toBe(2)
  })
})

function* pairs(): Generator<readonly [string, string | Buffer]> {
  yield ['a', '1']
  yield ['b', Buffer.from('2')]
}

describe('getMany', () => {
  it.each([
    ['a text', 'abc'],
    ['an object', { a: 1 }],
    ['nothing', undefined],
  ])('refuses %s instead of keys', async (_, keys) => {
    await expect(client.getMany(keys as unknown as string[])).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('`keys`'),
    })
  })

  it('sends nothing where one of many keys is unfit', async () => {
    const keys = Array.from({ length: 1500 }, (_, i) => `key:${i}`)
    const before = (await client.stats()).map(({ value }) => value?.get_misses)
    await expect(client.getMany([...keys, ''])).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    expect((await client.stats()).map(({ value }) => value?.get_misses)).toEqual(before)
  })
})
