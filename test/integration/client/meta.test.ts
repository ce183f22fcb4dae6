import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedClient, type MetaHit } from '../../../src/client/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

const value = Buffer.from('value')
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

describe('metaGet', () => {
  it('tells nothing that it was not asked for', async () => {
    await client.metaSet('k', value, { flags: 7, ttl: 60 })

    expect(await client.metaGet('k', {})).toEqual({
      kind: 'hit',
      value: undefined,
      flags: 0,
      cas: undefined,
      ttl: undefined,
      size: undefined,
      won: false,
      stale: false,
      busy: false,
    })
    expect(await client.metaGet('missing', { value: true })).toEqual({ kind: 'miss' })
  })

  it('tells everything that it was asked for', async () => {
    const stored = await client.metaSet('k', value, { flags: 7, ttl: 60, returnCas: true })

    const all = { value: true, flags: true, cas: true, ttl: true, size: true, noBump: true }
    expect(await client.metaGet('k', all)).toMatchObject({
      value,
      flags: 7,
      cas: stored.cas,
      ttl: 60,
      size: 5,
    })
  })

  it('makes an empty item for the first of many, and tells the others that they lost', async () => {
    const ask = () => client.metaGet('k', { value: true, flags: true, vivify: 30, ttl: true })

    const replies = (await Promise.all([ask(), ask(), ask()])) as MetaHit[]

    expect(replies.map(({ won, busy }) => [won, busy])).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ])
    expect(replies.map(({ value, ttl }) => [value?.length, ttl])).toEqual([
      [0, 30],
      [0, 30],
      [0, 30],
    ])
  })

  it('gives a new lifetime while it reads', async () => {
    await client.metaSet('k', value, { ttl: 10 })

    expect(await client.metaGet('k', { value: true, touch: 100, ttl: true })).toMatchObject({
      value,
      ttl: 100,
    })
  })
})

describe('metaSet', () => {
  it('stores by mode', async () => {
    expect(await client.metaSet('k', value, { mode: 'replace' })).toMatchObject({
      kind: 'not-stored',
    })
    expect(await client.metaSet('k', value, { mode: 'add' })).toMatchObject({ kind: 'stored' })
    expect(await client.metaSet('k', value, { mode: 'add' })).toMatchObject({ kind: 'not-stored' })
    expect(await client.metaSet('k', value, { mode: 'set' })).toEqual({
      kind: 'stored',
      cas: undefined,
    })
  })

  it('lets a lease land, unless the key was deleted or changed meanwhile', async () => {
    const won = (await client.metaGet('k', { vivify: 30, cas: true })) as MetaHit
    const fill = await client.metaSet('k', value, { compareCas: won.cas, returnCas: true })
    expect(fill.kind).toBe('stored')

    expect(await client.metaSet('k', value, { compareCas: won.cas })).toMatchObject({
      kind: 'exists',
    })
    await client.metaDelete('k')
    expect(await client.metaSet('k', value, { compareCas: fill.cas })).toMatchObject({
      kind: 'missing',
    })
  })
})

describe('metaDelete', () => {
  it('deletes one version alone', async () => {
    const first = await client.metaSet('k', value, { returnCas: true })
    const second = await client.metaSet('k', value, { returnCas: true })

    expect(await client.metaDelete('k', { compareCas: first.cas })).toBe('exists')
    expect(await client.metaDelete('k', { compareCas: second.cas })).toBe('deleted')
    expect(await client.metaDelete('k')).toBe('missing')
  })

  it('marks stale: one reader wins, the others get the stale value', async () => {
    await client.metaSet('k', value, { ttl: 1000 })

    expect(await client.metaDelete('k', { invalidate: true, ttl: 30 })).toBe('deleted')

    const read = () => client.metaGet('k', { value: true, ttl: true })
    expect(await read()).toMatchObject({ value, ttl: 30, stale: true, won: true, busy: false })
    expect(await read()).toMatchObject({ value, ttl: 30, stale: true, won: false, busy: true })
  })
})

describe('metaArithmetic', () => {
  it('counts, makes, misses and refuses', async () => {
    const count = (mode: 'incr' | 'decr', delta: bigint, initial?: bigint) =>
      client.metaArithmetic('n', { mode, delta, initial, ttl: 60 })

    expect(await count('incr', 1n)).toEqual({ kind: 'missing' })
    expect(await count('incr', 1n, 10n)).toEqual({ kind: 'value', value: 10n })
    expect(await client.metaGet('n', { ttl: true })).toMatchObject({ ttl: 60 })
    expect(await count('decr', 3n)).toEqual({ kind: 'value', value: 7n })
    await client.metaSet('n', value, {})
    expect(await count('incr', 1n)).toEqual({ kind: 'not-a-number' })
  })
})

describe('routeKey', () => {
  it('chooses the server instead of the key', async () => {
    await using second = await startMemcached()
    await using both = new MemcachedClient([`127.0.0.1:${server.port}`, `127.0.0.1:${second.port}`])
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
    const options = { routeKey: 'together' }

    await Promise.all(keys.map((key) => both.metaSet(key, value, options)))

    const home = both.serverOf('together')
    for await (const { server } of both.keys()) expect(server).toBe(home)
    expect(await both.metaGet('k7', { ...options, value: true })).toMatchObject({ value })
    expect(await both.metaArithmetic('n', { ...options, mode: 'incr', delta: 1n })).toEqual({
      kind: 'missing',
    })
    expect(await both.metaDelete('k7', options)).toBe('deleted')
  })
})
