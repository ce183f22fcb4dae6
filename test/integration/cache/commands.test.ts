import { afterAll, beforeAll, expect, it } from 'vitest'
import { Cache, MemcachedBackend } from '../../../src/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
let proxy: FaultProxy
let backend: MemcachedBackend
let cache: Cache
beforeAll(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  backend = new MemcachedBackend(`127.0.0.1:${proxy.port}`)
  cache = new Cache(backend, { keyPrefix: 'shop' })
  // The connection greets with commands of its own, once.
  await cache.get('warm')
})
afterAll(async () => {
  await cache.close()
  await proxy.close()
  await server.kill()
})

/** The commands that a run sends, by their first word. */
async function commandsOf(run: () => Promise<unknown>): Promise<Record<string, number>> {
  proxy.resetCounts()
  await run()
  return Object.fromEntries(proxy.counts.commands)
}

it('reads a hit with one command', async () => {
  await cache.set('hit', { a: 1 })
  const compute = (): Promise<string> => Promise.reject(new Error('not called'))

  expect(await commandsOf(() => cache.get('hit'))).toEqual({ mg: 1 })
  expect(await commandsOf(() => cache.getOrSet('hit', compute))).toEqual({ mg: 1 })
  expect(await commandsOf(() => cache.lookup('hit'))).toEqual({ mg: 1 })
  expect(await commandsOf(() => cache.has('hit'))).toEqual({ mg: 1 })
})

it('reads a computed hit with a stale window with one command', async () => {
  const options = { ttl: 60.5, staleWhileRevalidate: 60, staleIfError: 60 }
  await cache.getOrSet('computed', () => 'v', options)

  expect(await commandsOf(() => cache.get('computed'))).toEqual({ mg: 1 })
  expect(await commandsOf(() => cache.getOrSet('computed', () => 'v', options))).toEqual({ mg: 1 })
  expect(await commandsOf(() => cache.lookup('computed'))).toEqual({ mg: 1 })
})

it('fills a cold key with two commands', async () => {
  expect(await commandsOf(() => cache.getOrSet('cold', () => 'v'))).toEqual({ mg: 1, ms: 1 })
})

it('gives a failed computation up with two commands', async () => {
  const failing = cache.getOrSet.bind(cache, 'failing', () => Promise.reject(new Error('no')))

  await commandsOf(() => failing().catch(() => {}))

  // The caller has its error before the server hears of it.
  await expect.poll(() => Object.fromEntries(proxy.counts.commands)).toEqual({ mg: 1, md: 1 })
})

it('shares one read among overlapping calls', async () => {
  await cache.set('shared', 'v')
  const calls = () =>
    Promise.all(Array.from({ length: 100 }, () => cache.getOrSet('shared', () => 'v')))

  expect(await commandsOf(calls)).toEqual({ mg: 1 })
})

it('asks for the right to refresh only where the entry is stale', async () => {
  await cache.set('stale', 'v')
  await cache.invalidate('stale')

  // The entry; the right and the entry again, in one trip.
  expect(await commandsOf(() => cache.lookup('stale'))).toEqual({ mg: 3 })
})

it('sends many keys in one write', async () => {
  const keys = Array.from({ length: 200 }, (_, i) => `many${i}`)
  await cache.setMany(keys.map((key) => [key, 'v'] as const))

  expect(await commandsOf(() => cache.getMany(keys))).toEqual({ mg: 200 })
  expect(proxy.counts.reads).toBe(1)
  expect(await commandsOf(() => cache.deleteMany(keys))).toEqual({ md: 200 })
  expect(proxy.counts.reads).toBe(1)
})

it.each([
  ['text', 'naïve', 16, 'na\xc3\xafve'],
  ['bytes', Buffer.from([1, 2]), 0, '\x01\x02'],
  ['a number', 42, 2, '42'],
  ['a counter', 2n ** 63n, 2, '9223372036854775808'],
  ['JSON', { a: [1, null] }, 32, '{"a":[1,null]}'],
  ['a boolean', true, 32, 'true'],
  ['null', null, 32, 'null'],
  ['what JSON loses', new Date(5), 64, '{"$":"date","of":5}'],
])('writes %s as other clients read it', async (name, value, flags, bytes) => {
  await cache.set(name, value, { ttl: Infinity })

  const key = Buffer.from(`shop:1:${name}`).toString('base64')
  const reply = await ask(server.port, `mg ${key} b v f t\r\n`)
  expect(reply).toBe(`VA ${bytes.length} f${flags} t-1\r\n${bytes}\r\n`)
})

it('keeps a computed number in a form that the server counts with', async () => {
  await cache.getOrSet('computed-number', () => 41, { ttl: 60 })

  expect(await ask(server.port, 'ma shop:1:computed-number v\r\n')).toBe('VA 2\r\n42\r\n')
  expect(await cache.get('computed-number')).toBe(42)
})

it('writes an envelope only where there is something to tell', async () => {
  await cache.set('whole', 'v', { ttl: 60 })
  await cache.set('fraction', 'v', { ttl: 0.5 })
  await cache.set('empty', Buffer.alloc(0), { ttl: 60 })
  await cache.set('x'.repeat(300), 'v', { ttl: 60 })
  const flagsOf = async (key: string) => (await backend.client.get(key))?.flags

  expect(await flagsOf('shop:1:whole')).toBe(16)
  expect(await flagsOf('shop:1:fraction')).toBe(256)
  expect(await flagsOf('shop:1:empty')).toBe(256)
  expect(await flagsOf(`shop:1:${'x'.repeat(300)}`)).toBe(256)
})
