import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Cache, type CodecOptions, createCaches, MemcachedBackend } from '../../../src/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { errorsWhile } from '../../support/published.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
beforeAll(async () => {
  server = await startMemcached()
})
afterAll(() => server.kill())
beforeEach(async () => {
  await ask(server.port, 'flush_all\r\n')
})

const open = (options: CodecOptions) =>
  new Cache(new MemcachedBackend(`127.0.0.1:${server.port}`, options))
const rows = Array.from({ length: 100 }, (_, id) => ({ id, name: 'a name', at: new Date(id) }))
const reversed = {
  name: 'reversed',
  encode: (value: unknown) => Buffer.from(JSON.stringify(value)).reverse(),
  decode: (bytes: Buffer) => JSON.parse(Buffer.from(bytes).reverse().toString()),
}
const secret = 'a secret that nobody knows'

/** Flags and size of what is stored under a key of the default alias. */
async function stored(key: string): Promise<{ flags: number; bytes: number }> {
  const reply = await ask(server.port, `mg :1:${key} f s\r\n`)
  const [, flags, bytes] = /^HD f(\d+) s(\d+)/.exec(reply) ?? []
  return { flags: Number(flags), bytes: Number(bytes) }
}

describe.each<[string, CodecOptions, number]>([
  ['compression', { compress: true }, 256 + 1024],
  ['deflate', { compress: { algorithm: 'deflate' } }, 256 + 512],
  ['a codec of its own', { codec: reversed }, 256],
  ['a secret', { secret }, 256 + 4096],
  ['all of it', { secret, codec: reversed, compress: true }, 256 + 1024 + 4096],
])('with %s', (_name, options, flags) => {
  const value = JSON.parse(JSON.stringify(rows)) as unknown[]

  it('every call reads what another wrote', async () => {
    await using cache = open(options)

    await cache.set('set', value, { ttl: 60 })
    await cache.setMany(new Map([['many', value]]))
    await cache.add('add', value)
    await cache.getOrSet('computed', () => value, { ttl: 60, tags: ['rows'] })
    for (const key of ['set', 'many', 'add', 'computed']) {
      expect(await stored(key)).toMatchObject({ flags })
      expect(await cache.get(key)).toEqual(value)
    }
    expect((await cache.getMany(['set', 'add'])).size).toBe(2)
    const never = () => Promise.reject(new Error('computed again'))
    expect(await cache.getOrSet('computed', never, { tags: ['rows'] })).toEqual(value)
  })

  it('entries are touched, invalidated and counted as ever', async () => {
    await using cache = open(options)

    await cache.set('touched', value, { ttl: 60 })
    expect(await cache.touch('touched', 120)).toBe(true)
    expect(await cache.get('touched')).toEqual(value)
    expect(await cache.invalidate('touched')).toBe(true)
    expect(await cache.get('touched')).toBeUndefined()
    expect(await cache.get('touched', { allowStale: true })).toEqual(value)
    await cache.set('n', 5)
    expect(await cache.incr('n', 2)).toBe(7)
    expect(await cache.incr('m', 1, { initial: 3 })).toBe(3)
    expect(await cache.get('n')).toBe(7)
    await cache.getOrSet('tagged', () => value, { tags: ['t'] })
    await cache.invalidateTags(['t'])
    expect(await cache.get('tagged')).toBeUndefined()
  })

  it('a cache without it reads its entries, or misses them', async () => {
    await using cache = open(options)
    await using plain = open({})
    await cache.set('k', value)

    expect(await plain.get('k')).toEqual(options.codec === undefined ? value : undefined)
    expect(await plain.getOrSet('k', () => 'computed')).toEqual(
      options.codec === undefined ? value : 'computed',
    )
  })
})

describe('with a secret', () => {
  it('nothing that others write is read, but numbers', async () => {
    await using cache = open({ secret })
    await using other = open({ secret: 'another one' })
    await using plain = open({})

    for (const forger of [other, plain]) {
      await forger.set('text', 'forged')
      await forger.getOrSet('computed', () => ({ isAdmin: true }))
      expect(await cache.get('text')).toBeUndefined()
      expect(await cache.getMany(['text', 'computed'])).toEqual(new Map())
      expect(await cache.getOrSet('computed', () => 'mine')).toBe('mine')
      await ask(server.port, 'flush_all\r\n')
    }
    await plain.set('n', 5)
    expect(await cache.get('n')).toBe(5)
  })

  it('an entry is none under another key, and both are told', async () => {
    await using cache = open({ secret })
    await cache.set('user:1', 'one')
    await cache.set('user:2', 'two')
    const two = await ask(server.port, 'mg :1:user:2 v f\r\n')
    const [, size, flags] = /^VA (\d+) f(\d+)\r\n/.exec(two) ?? []
    const body = Buffer.from(two, 'latin1').subarray(two.indexOf('\r\n') + 2, -2)
    const command = Buffer.from(`ms :1:user:1 ${size} F${flags} T300\r\n`)
    await ask(server.port, Buffer.concat([command, body, Buffer.from('\r\n')]))

    const errors = await errorsWhile(async () => {
      expect(await cache.get('user:1')).toBeUndefined()
    })
    expect(errors).toMatchObject([{ operation: 'decode', error: { code: 'ERR_VALUE_INVALID' } }])
    expect(await cache.get('user:2')).toBe('two')
  })

  it('is replaced without a cold start', async () => {
    await using before = open({ secret: 'old' })
    await using during = open({ secret: ['new', 'old'] })
    await using after = open({ secret: 'new' })

    await before.set('k', 'v')
    expect(await during.get('k')).toBe('v')
    await during.set('k', 'w')
    expect(await after.get('k')).toBe('w')
    expect(await before.get('k')).toBeUndefined()
  })
})

it('saves the server memory', async () => {
  await using plain = open({})
  await using cache = open({ compress: true })
  await plain.set('plain', rows)
  await cache.set('k', rows)

  expect((await stored('k')).bytes * 5).toBeLessThan((await stored('plain')).bytes)
})

it('is set in the settings of an alias', async () => {
  await using caches = createCaches({
    default: {
      backend: 'memcached',
      location: `127.0.0.1:${server.port}`,
      options: { compress: { thresholdBytes: 10 }, secret: [secret] },
    },
  })
  await caches.default.set('k', 'x'.repeat(100))

  expect(await stored('k')).toMatchObject({ flags: 256 + 1024 + 4096 })
  expect(await caches.default.get('k')).toBe('x'.repeat(100))
})
