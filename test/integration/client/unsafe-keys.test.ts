import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

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

// 1.6.18 answers with a base64 key's raw bytes once it has made the item by itself, so that a key
// could end a line of reply and write the next.
describe.each([
  ['a blank', 'a b'],
  ['a flag', 'a b O1 W'],
  ['a tab', 'a\tb'],
  ['NUL', 'a\0b'],
  ['letters beyond ASCII', 'größe'],
  ['a line end', 'a\r\nHD'],
  ['a forged reply', 'x O2\r\nVA 3 f0 O3 kvictim\r\nbad\r\nEN O4'],
])('a key with %s', (_, key) => {
  it('is leased, filled and read', async () => {
    const read = await client.getOrLease(key)
    if (read.state !== 'won') throw new Error('the lease was not won')
    expect((await client.getOrLease(key)).state).toBe('busy')

    expect(await read.lease.fill('v')).toBe(true)

    expect(await client.getOrLease(key)).toMatchObject({ state: 'hit', value: Buffer.from('v') })
  })

  it('is counted from nothing, and past its length', async () => {
    expect(await client.incr(key, 1, { initial: 9 })).toBe(9n)
    expect(await client.incr(key, 1)).toBe(10n)
    expect((await client.get(key))?.value.toString()).toBe('10')
    expect(await client.decr(key, 1)).toBe(9n)
    expect(await client.delete(key)).toBe(true)
  })

  it('has bytes added to it', async () => {
    await client.set(key, '1')
    expect(await client.append(key, '2')).toBe(true)
    expect(await client.prepend(key, '0')).toBe(true)

    expect((await client.get(key))?.value.toString()).toBe('012')
    expect(await client.gets(key)).toMatchObject({ value: Buffer.from('012') })
    expect(await client.touch(key, 60)).toBe(true)
    expect(await client.markStale(key)).toBe(true)
  })

  it('answers no command but its own', async () => {
    await client.set('victim', 'good')
    await client.metaGet(key, { vivify: 60 })

    const reads = await Promise.all([
      client.metaGet(key, { cas: true }),
      client.get('victim'),
      client.metaGet(key, { value: true, flags: true }),
      client.get('victim'),
    ])

    expect(reads).toMatchObject([
      { kind: 'hit', busy: true },
      { value: Buffer.from('good') },
      { kind: 'hit', value: Buffer.alloc(0), busy: true },
      { value: Buffer.from('good') },
    ])
  })
})
