import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached()
  client = new MemcachedClient(`127.0.0.1:${server.port}`)
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

beforeEach(async () => {
  await client.flushAll()
})

describe('get and set', () => {
  it('returns undefined for a missing key', async () => {
    expect(await client.get('missing')).toBeUndefined()
    expect(await client.gets('missing')).toBeUndefined()
  })

  it('returns the bytes and flags that were set', async () => {
    expect(await client.set('k', 'grüße', { flags: 4_294_967_295 })).toBe(true)

    expect(await client.get('k')).toEqual({
      value: Buffer.from('grüße', 'utf8'),
      flags: 4_294_967_295,
    })
  })

  it('keeps an empty value apart from a miss', async () => {
    await client.set('empty', '')

    expect(await client.get('empty')).toEqual({ value: Buffer.alloc(0), flags: 0 })
  })

  it.each([
    ['1 KiB, which joins the line', 1024],
    ['1 KiB and 1, which does not', 1025],
    ['the largest that memcached takes by default', 1_048_500],
  ])('round-trips a value of %s', async (_, size) => {
    const value = Buffer.alloc(size, 'ab\r\nEND\r\n\0')
    await client.set('k', value)

    expect((await client.get('k'))?.value.equals(value)).toBe(true)
  })

  it('sends what the value was when it was given, not what it became', async () => {
    const value = Buffer.from('before')
    const stored = client.set('k', value)
    value.fill('x')
    await stored

    expect((await client.get('k'))?.value.toString()).toBe('before')
  })

  it('stores a view on its own bytes alone', async () => {
    await client.set('k', Buffer.from('0123456789').subarray(2, 5))

    expect((await client.get('k'))?.value.toString()).toBe('234')
  })

  it('adds only where nothing is, and replaces only where something is', async () => {
    expect(await client.replace('k', 'a')).toBe(false)
    expect(await client.add('k', 'b')).toBe(true)
    expect(await client.add('k', 'c')).toBe(false)
    expect(await client.replace('k', 'd')).toBe(true)
    expect((await client.get('k'))?.value.toString()).toBe('d')
  })

  it('gets many at once and leaves out what is missing', async () => {
    await client.set('a', '1')
    await client.set('__proto__', '2')

    const found = await client.getMany(['a', 'b', '__proto__', 'a'])

    expect(Array.from(found, ([key, item]) => [key, item.value.toString()])).toEqual([
      ['a', '1'],
      ['__proto__', '2'],
    ])
  })

  it('gets 3000 keys in one call', async () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `many:${i}`)
    await Promise.all(keys.map((key) => client.set(key, key)))

    const found = await client.getMany(keys)

    expect(found.size).toBe(3000)
    expect(found.get('many:2999')?.value.toString()).toBe('many:2999')
  })
})

describe('cas', () => {
  it('stores over the version that was read, once', async () => {
    await client.set('k', 'a')
    const item = await client.gets('k')
    if (item === undefined) throw new Error('the item is gone')

    expect(await client.cas('k', 'b', item.cas, { flags: 7 })).toBe('stored')
    expect(await client.cas('k', 'c', item.cas)).toBe('exists')
    expect(await client.get('k')).toEqual({ value: Buffer.from('b'), flags: 7 })
  })

  it('tells that the item is gone', async () => {
    await client.set('k', 'a')
    const item = await client.gets('k')
    if (item === undefined) throw new Error('the item is gone')
    await client.delete('k')

    expect(await client.cas('k', 'b', item.cas)).toBe('missing')
  })
})

describe('delete, touch and counting', () => {
  it('deletes once', async () => {
    await client.set('k', 'v')

    expect(await client.delete('k')).toBe(true)
    expect(await client.delete('k')).toBe(false)
  })

  it('gives an item a new lifetime', async () => {
    await client.set('k', 'v', { ttl: 10 })

    expect(await client.touch('k', 100)).toBe(true)
    expect(await client.metaGet('k', { ttl: true })).toMatchObject({ ttl: 100 })
    expect(await client.touch('missing', 100)).toBe(false)
    await expect(client.touch('k', undefined as unknown as number)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })

  it('counts up, down to 0, and past 2^53', async () => {
    expect(await client.incr('n')).toBeUndefined()
    expect(await client.incr('n', 1, { initial: 5 })).toBe(5n)
    expect(await client.incr('n', 3)).toBe(8n)
    expect(await client.decr('n', 100n)).toBe(0n)
    expect(await client.incr('n', 18_446_744_073_709_551_615n)).toBe(18_446_744_073_709_551_615n)
    expect(await client.incr('n', 1)).toBe(0n)
  })

  it('refuses to count what is no number, and goes on', async () => {
    await client.set('text', 'abc')

    await expect(client.incr('text')).rejects.toMatchObject({ code: 'ERR_NOT_A_NUMBER' })
    expect((await client.get('text'))?.value.toString()).toBe('abc')
  })
})

describe('lifetimes', () => {
  it.each([
    ['300 s, the default', undefined, 300],
    ['a fraction, rounded up', 1.2, 2],
    ['30 days', 2_592_000, 2_592_000],
    ['more than 30 days, as a point in time', 2_592_001, 2_592_001],
    ['100 years, until the clock of the server ends', 3_153_600_000, undefined],
    ['for ever', Infinity, Infinity],
  ])('keeps an item for %s', async (_, ttl, expected) => {
    await client.set('k', 'v', { ttl })

    const reply = await client.metaGet('k', { ttl: true })

    if (reply.kind === 'miss') throw new Error('the item is gone')
    if (expected === undefined) expect(reply.ttl).toBeGreaterThan(300_000_000)
    else if (expected === Infinity) expect(reply.ttl).toBe(Infinity)
    else expect(Math.abs((reply.ttl ?? 0) - expected)).toBeLessThanOrEqual(3)
  })

  it.each([0, -1, -Infinity])('does not keep an item for %d s', async (ttl) => {
    await client.set('k', 'old')

    expect(await client.set('k', 'v', { ttl })).toBe(true)
    expect(await client.get('k')).toBeUndefined()
  })

  it('takes the time for a long life from the clock it was given', async () => {
    const clock = new FakeClock(Date.now() - 1000 * 86_400_000)
    await using early = new MemcachedClient({ servers: `127.0.0.1:${server.port}`, clock })

    // 40 days from a time that is 1000 days ago are over.
    await early.set('k', 'v', { ttl: 40 * 86_400 })

    expect(await early.get('k')).toBeUndefined()
  })
})

describe('what other clients store', () => {
  it('reads what another client stored under a base64 key by its plain key', async () => {
    await ask(server.port, 'ms Zm9v 3 b\r\nabc\r\n')

    expect((await client.get('foo'))?.value.toString()).toBe('abc')
  })

  it('reads what another client stored under a raw UTF-8 key', async () => {
    await ask(server.port, Buffer.from('set grüße 0 0 3\r\nabc\r\n', 'utf8'))

    expect((await client.get('grüße'))?.value.toString()).toBe('abc')
  })
})
