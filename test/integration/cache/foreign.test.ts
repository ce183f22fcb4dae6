import { afterAll, beforeAll, expect, it } from 'vitest'
import { Cache, MemcachedBackend } from '../../../src/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
let cache: Cache
beforeAll(async () => {
  server = await startMemcached()
  cache = new Cache(new MemcachedBackend(`127.0.0.1:${server.port}`))
})
afterAll(async () => {
  await cache.close()
  await server.kill()
})

/** Stores an item under `:1:k` as another client might. */
async function store(flags: number, bytes: string | Buffer): Promise<void> {
  const body = Buffer.from(bytes)
  const command = Buffer.from(`ms :1:k ${body.length} F${flags} T300\r\n`)
  expect(await ask(server.port, Buffer.concat([command, body, Buffer.from('\r\n')]))).toBe('HD\r\n')
}

it.each<[number, string | Buffer, string]>([
  [1, Buffer.from('80054b2a2e', 'hex'), 'a pickle'],
  [4, '1', 'an integer of pylibmc'],
  [8, 'x', 'compressed bytes'],
  [17, 'x', 'two forms at once'],
  [16, Buffer.from([0xff, 0xfe]), 'text that is not UTF-8'],
  [2, 'twelve', 'an integer that is none'],
  [2, ' 12', 'an integer with a space before it'],
  [2, '9'.repeat(100), 'a number of 100 digits'],
  [32, '{"a":', 'half of a JSON text'],
  [32, `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'JSON that is nested too deep'],
  [64, '{"$":"Function","of":"return process"}', 'an unknown tag'],
  [64, '{"$":"__proto__","of":""}', 'a tag that every object has'],
  [64, '{"$":"constructor","of":""}', 'another one'],
  [64, '{"$":"bigint","of":"12n"}', 'a malformed bigint'],
  [64, '{"$":"sparse","of":[-1,[]]}', 'an array of negative length'],
  [64, '{"$":"Float64Array","of":"AAAA"}', 'half of a float'],
  [64, '{"$":"undefined"}', 'nothing, which is a miss'],
  [256, 'x', 'an envelope of 1 byte'],
  [256, Buffer.alloc(40), 'an envelope of zeros'],
  [256, Buffer.alloc(64, 0xff), 'an envelope of ones'],
  [64, '{"$":"holey","of":[[],[["length",30000000]]]}', 'an array that would be long'],
  [64, '{"$":"refs","of":[{"$":"ref","of":7}]}', 'an object that is not there'],
  [64, '{"$":"regexp","of":"/("}', 'half of a pattern'],
  [64, '{"$":"error","of":["Function",[["message","return 1"]],[]]}', 'a class that is no error'],
  [512, 'x', 'a compression without an envelope'],
  [4096, 'x'.repeat(64), 'a signature without an envelope'],
  [256 + 512 + 1024, Buffer.alloc(64, 1), 'two compressions at once'],
  [256 + 8192, Buffer.alloc(64, 1), 'a flag that is not in use'],
  [256 + 4096, 'x', 'a signature that is cut'],
  [0, '', 'an empty item'],
  [2_147_483_648, 'x', 'the highest flag'],
])('misses what other clients or nobody writes: flags %i, %3$s', async (flags, bytes, _what) => {
  await store(flags, bytes)

  expect(await cache.get('k')).toBeUndefined()
  expect(await cache.getMany(['k'])).toEqual(new Map())
  expect(await cache.has('k')).toBe(false)
})

it.each([
  [1, Buffer.from('80054b2a2e', 'hex')],
  [16, Buffer.from([0xff])],
  [256, Buffer.alloc(40)],
])('stores over what it cannot read: flags %i', async (flags, bytes) => {
  await store(flags, bytes)
  expect(await cache.touch('k')).toBe(false)
  expect(await cache.getOrSet('k', () => 'computed')).toBe('computed')
  expect(await cache.get('k')).toBe('computed')

  await store(flags, bytes)
  expect(await cache.add('k', 'added')).toBe(true)
  expect(await cache.get('k')).toBe('added')
})

it.each([32, 64])('sets no prototype, whatever the bytes say: flags %i', async (flags) => {
  await store(flags, '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}')
  const value = await cache.get<Record<string, unknown>>('k')

  expect(Object.keys(value ?? {})).toEqual(['__proto__', 'constructor'])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect((value as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  expect(Object.assign({}, value).isAdmin).toBe(true)
})

it('reads what Django’s clients write as text, bytes and numbers', async () => {
  await store(16, 'blåbær')
  expect(await cache.get('k')).toBe('blåbær')
  await store(0, 'bytes')
  expect(await cache.get('k')).toEqual(Buffer.from('bytes'))
  await store(2, '-42')
  expect(await cache.get('k')).toBe(-42)
  await store(2, '9  ')
  expect(await cache.get('k')).toBe(9)
  await store(2, '9007199254740993')
  expect(await cache.get('k')).toBe(9007199254740993n)
})
