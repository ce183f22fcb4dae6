import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedClient, type MetaHit } from '../../../src/client/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

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
  it('tells whether and when the item was read before', async () => {
    await client.set('k', 'v')
    const read = () => client.metaGet('k', { hitBefore: true, lastAccess: true })

    expect(await read()).toMatchObject({ hitBefore: false, lastAccess: 0 })
    expect(await read()).toMatchObject({ hitBefore: true })
  })

  it('leaves no trace of a reading that is not to count', async () => {
    await client.set('k', 'v')
    await client.metaGet('k', { value: true, noBump: true })

    expect(await client.metaGet('k', { hitBefore: true })).toMatchObject({ hitBefore: false })
  })

  it('chooses one reader early, shortly before the item expires', async () => {
    await client.set('k', 'v', { ttl: 20 })
    const read = (recache: number) => client.metaGet('k', { value: true, recache })

    expect(await read(10)).toMatchObject({ won: false, busy: false })
    expect(await read(30)).toMatchObject({ won: true, busy: false, stale: false })
    expect(await read(30)).toMatchObject({ won: false, busy: true })
  })

  it.each([0, -1, Infinity, Number.NaN])('does not take %d as `recache`', async (recache) => {
    await expect(client.metaGet('k', { recache })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('`recache`'),
    })
  })

  it('carries words for a proxy that a server ignores', async () => {
    const proxy = { P: 'eu/west', L: 'log' }
    await client.metaSet('k', value, { proxy })

    expect(await client.metaGet('k', { value: true, proxy })).toMatchObject({ value })
    expect(await client.metaArithmetic('n', { mode: 'incr', delta: 1n, proxy })).toEqual({
      kind: 'missing',
    })
    expect(await client.metaDelete('k', { proxy })).toBe('deleted')
  })
})

describe('metaGet with unlessCas', () => {
  it('leaves out the value that the caller has', async () => {
    const stored = await client.metaSet('k', value, { flags: 7, ttl: 60, returnCas: true })

    const reply = await client.metaGet('k', { unlessCas: stored.cas, flags: true, ttl: true })

    expect(reply).toMatchObject({ kind: 'unchanged', cas: stored.cas, flags: 7, ttl: 60 })
    expect(reply).not.toHaveProperty('value')
  })

  it('reads another version, and misses what is gone', async () => {
    const { cas } = await client.metaSet('k', value, { returnCas: true })
    await client.set('k', 'newer')

    expect(await client.metaGet('k', { unlessCas: cas })).toMatchObject({
      kind: 'hit',
      value: Buffer.from('newer'),
    })
    await client.delete('k')
    expect(await client.metaGet('k', { unlessCas: cas })).toEqual({ kind: 'miss' })
  })

  it('reads the value where the version was read on another connection', async () => {
    const { cas } = await client.metaSet('k', value, { returnCas: true })
    await using other = new MemcachedClient(`127.0.0.1:${server.port}`)

    expect(await other.metaGet('k', { unlessCas: cas })).toMatchObject({ kind: 'hit', value })
    expect(await client.metaGet('k', { unlessCas: undefined })).toMatchObject({ value })
  })

  it('reads the value, so that it cannot be asked to leave it', async () => {
    const { cas } = await client.metaSet('k', value, { returnCas: true })

    await expect(client.metaGet('k', { unlessCas: cas, value: false })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })
})

describe('metaSet', () => {
  it('adds bytes at both ends, and tells the version', async () => {
    await client.metaSet('k', value, { flags: 7, ttl: 60 })

    expect(await client.metaSet('k', Buffer.from('>'), { mode: 'append' })).toMatchObject({
      kind: 'stored',
    })
    const stored = await client.metaSet('k', '<', { mode: 'prepend', returnCas: true })

    const all = { value: true, flags: true, cas: true, ttl: true }
    expect(await client.metaGet('k', all)).toMatchObject({
      value: Buffer.from('<value>'),
      flags: 7,
      ttl: 60,
      cas: stored.cas,
    })
  })

  it('adds bytes to one version only', async () => {
    const { cas } = await client.metaSet('k', value, { returnCas: true })
    const append = () => client.metaSet('k', '!', { mode: 'append', compareCas: cas })

    expect(await append()).toMatchObject({ kind: 'stored' })
    expect(await append()).toMatchObject({ kind: 'exists' })
    expect((await client.get('k'))?.value.toString()).toBe('value!')
  })

  it('stores a late value as stale where it is told to', async () => {
    const late = await client.metaSet('k', 'first', { returnCas: true })
    await client.set('k', 'second')

    const options = { compareCas: late.cas, invalidate: true, ttl: 30 }
    expect(await client.metaSet('k', 'late', options)).toMatchObject({ kind: 'stored' })

    expect(await client.metaGet('k', { value: true })).toMatchObject({
      value: Buffer.from('late'),
      stale: true,
      won: true,
    })
  })
})

describe('metaArithmetic', () => {
  it('tells version and lifetime, and gives a new one', async () => {
    await client.set('n', '5', { ttl: 60 })

    const options = { mode: 'incr', delta: 2n, returnCas: true, returnTtl: true } as const
    const reply = await client.metaArithmetic('n', options)
    expect(reply).toMatchObject({ kind: 'value', value: 7n, ttl: 60 })

    expect(await client.metaArithmetic('n', { ...options, touch: 100 })).toMatchObject({
      value: 9n,
    })
    expect(await client.metaGet('n', { ttl: true })).toMatchObject({ ttl: 100 })
  })

  it('counts one version only', async () => {
    const { cas } = await client.metaSet('n', '5', { returnCas: true })
    const count = () => client.metaArithmetic('n', { mode: 'decr', delta: 1n, compareCas: cas })

    expect(await count()).toMatchObject({ kind: 'value', value: 4n })
    expect(await count()).toEqual({ kind: 'exists' })
  })

  it('tells the lifetime of a counter for ever', async () => {
    const options = { mode: 'incr', delta: 1n, initial: 3n, ttl: Infinity } as const

    expect(await client.metaArithmetic('n', { ...options, returnTtl: true })).toEqual({
      kind: 'value',
      value: 3n,
      cas: undefined,
      ttl: Infinity,
    })
  })
})

// memcached 1.6.18 knows neither: these are the refusals of an old server.
describe('options that came later than the server', () => {
  it.each([
    ['get', () => client.metaGet('k', { vivify: 30, newCas: 5n }), 'newCas'],
    ['set', () => client.metaSet('k', Buffer.alloc(100_000, 'mn\r\n'), { newCas: 5n }), 'newCas'],
    ['delete', () => client.metaDelete('k', { dropValue: true }), 'dropValue'],
    ['mark', () => client.metaDelete('k', { invalidate: true, newCas: 5n }), 'newCas'],
    ['count', () => client.metaArithmetic('k', { mode: 'incr', delta: 1n, newCas: 5n }), 'newCas'],
  ])('reject to %s, change nothing and leave the connection as it was', async (_, call, option) => {
    const { cas } = await client.metaSet('k', value, { returnCas: true })

    const [refused, ahead] = await Promise.allSettled([call(), client.get('k')])

    expect(refused).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'ERR_SERVER',
        applied: 'no',
        message: expect.stringContaining(`\`${option}\` takes memcached 1.6.27 or later`),
      },
    })
    expect(ahead).toMatchObject({ value: { value } })
    const hit = (await client.metaGet('k', { cas: true })) as MetaHit
    expect(hit.cas).toEqual(cas)
  })

  it('leave out the size where the server does not tell it', async () => {
    expect(await client.metaSet('k', value, { returnSize: true })).toEqual({
      kind: 'stored',
      cas: undefined,
      size: undefined,
    })
  })

  it('store nothing where the server does not make the item that bytes are appended to', async () => {
    expect(await client.metaSet('k', value, { mode: 'append', vivify: 30 })).toEqual({
      kind: 'not-stored',
    })
  })
})

describe('options', () => {
  const wrong = (options: object) => options as never

  it.each([
    ['metaGet', () => client.metaGet('k', wrong({ values: true }))],
    ['metaSet', () => client.metaSet('k', value, wrong({ tll: 1 }))],
    ['metaDelete', () => client.metaDelete('k', wrong({ value: true }))],
    ['metaArithmetic', () => client.metaArithmetic('k', wrong({ mode: 'incr', step: 1n }))],
    ['get', () => client.get('k', wrong({ ttl: 1 }))],
    ['gets', () => client.gets('k', wrong({ ttl: 1 }))],
    ['gat', () => client.gat('k', 1, wrong({ flags: 1 }))],
    ['getMany', () => client.getMany(['k'], wrong({ value: true }))],
    ['getManyMeta', () => client.getManyMeta(['k'], wrong({ unlessCas: undefined }))],
    ['set', () => client.set('k', 'v', wrong({ tags: [] }))],
    ['add', () => client.add('k', 'v', wrong({ mode: 'set' }))],
    ['replace', () => client.replace('k', 'v', wrong(60 as unknown as object))],
    ['append', () => client.append('k', 'v', wrong({ ttl: 1 }))],
    ['prepend', () => client.prepend('k', 'v', wrong({ initial: 1 }))],
    ['cas', () => client.cas('k', 'v', { value: 1n, connection: 1 }, wrong({ mode: 'set' }))],
    ['delete', () => client.delete('k', wrong(null as unknown as object))],
    ['touch', () => client.touch('k', 1, wrong({ ttl: 1 }))],
    ['incr', () => client.incr('k', 1, wrong({ delta: 1 }))],
    ['decr', () => client.decr('k', 1, wrong([]))],
    ['setMany', () => client.setMany([], wrong({ mode: 'add' }))],
    ['deleteMany', () => client.deleteMany([], wrong({ ttl: 1 }))],
    ['touchMany', () => client.touchMany([], 1, wrong({ ttl: 1 }))],
    ['markStale', () => client.markStale('k', wrong({ staleFor: 1 }))],
    ['getOrLease', () => client.getOrLease('k', wrong({ ttl: 1 }))],
  ])('of %s reject where nobody reads them, before anything is sent', async (name, call) => {
    const before = await ask(server.port, 'stats\r\n')

    await expect(call()).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining(`\`${name}\``),
    })

    expect(commands(await ask(server.port, 'stats\r\n'))).toEqual(commands(before))
  })

  it('refuse a routeKey that is no string', async () => {
    await expect(client.get('k', wrong({ routeKey: 7 }))).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('`routeKey`'),
    })
  })
})

function commands(stats: string): string[] {
  return stats.match(/STAT (?:cmd_(?:get|set|touch)|(?:delete|incr|decr)_\w+) \d+/g) ?? []
}
