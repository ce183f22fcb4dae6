import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CallOptions, MemcachedClient } from '../../../src/client/index.ts'
import { openClient } from '../../support/client.ts'
import { eventually } from '../../support/eventually.ts'
import { startImpostor } from '../../support/impostor.ts'
import { freePort, type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
let client: MemcachedClient
let name: string

beforeAll(async () => {
  server = await startMemcached(['-o', 'track_sizes'])
  name = `127.0.0.1:${server.port}`
  client = openClient(name)
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

beforeEach(async () => {
  await client.flushAll()
})

describe('stats', () => {
  it('tells what the server has done', async () => {
    await client.set('k', 'v')
    const [before] = await client.stats()
    await client.get('k')
    await client.get('missing')

    const [answer] = await client.stats()

    expect(answer).toMatchObject({ server: name, error: undefined })
    const figures = answer?.value
    expect(figures?.version).toMatch(/^1\.\d+\.\d+/)
    expect(figures?.pid).toBeGreaterThan(1)
    expect(figures?.accepting_conns).toBe(true)
    expect(figures?.limit_maxbytes).toBe(67_108_864)
    expect(figures?.get_hits).toBe((before?.value?.get_hits ?? 0) + 1)
    expect(figures?.get_misses).toBe((before?.value?.get_misses ?? 0) + 1)
    expect(figures?.raw.get_hits).toBe(String(figures?.get_hits))
  })

  it('knows the type of all that this server tells', async () => {
    const [general] = await client.stats()
    const [settings] = await client.stats('settings')

    for (const figures of [general?.value, settings?.value]) {
      const { raw, ...typed } = figures ?? { raw: {} }
      expect(Object.keys(raw).filter((figure) => !(figure in typed))).toEqual([])
    }
    const unread = Object.entries(general?.value ?? {}).filter(([, value]) => value === undefined)
    expect(unread).toEqual([])
  })

  it('tells items and memory by slab class', async () => {
    await client.set('small', 'v')
    await client.set('large', 'v'.repeat(5000))

    const [[items], [slabs]] = await Promise.all([client.stats('items'), client.stats('slabs')])

    const classes = [...(items?.value?.classes.keys() ?? [])]
    expect(classes[0]).toBe(1)
    expect(items?.value?.classes.get(1)?.number).toBeGreaterThan(0)
    expect(slabs?.value?.classes.get(1)).toMatchObject({ chunk_size: 96, chunks_per_page: 10_922 })
    expect(slabs?.value?.active_slabs).toBeGreaterThanOrEqual(2)
    expect(slabs?.value?.total_malloced).toBeGreaterThanOrEqual(2 * 1_048_576)
  })

  it('tells how many items there are of which size', async () => {
    await client.set('k', 'v'.repeat(1000))

    const [sizes] = await client.stats('sizes')

    expect(sizes?.value?.enabled).toBe(true)
    expect(sizes?.value?.sizes.find(({ bytes }) => bytes === 1088)?.count).toBeGreaterThan(0)
  })

  it('says where a server does not count sizes', async () => {
    await using other = await startMemcached()
    await using uncounted = openClient(`127.0.0.1:${other.port}`)

    const [sizes] = await uncounted.stats('sizes')

    expect(sizes?.value).toMatchObject({ enabled: false, sizes: [] })
  })

  it('tells how the server is set up, and who is connected', async () => {
    const [settings] = await client.stats('settings')
    const [conns] = await client.stats('conns')

    expect(settings?.value).toMatchObject({
      item_size_max: 1_048_576,
      tcpport: server.port,
      track_sizes: true,
      flush_enabled: true,
      domain_socket: undefined,
    })
    const connections = conns?.value?.connections ?? []
    expect(connections.find(({ state }) => state === 'conn_listening')?.addr).toBe(`tcp:${name}`)
    expect(connections.find(({ state }) => state === 'conn_parse_cmd')).toMatchObject({
      listen_addr: `tcp:${name}`,
      secs_since_last_cmd: 0,
    })
  })

  it('answers with an error where the server does not know the kind, and stays connected', async () => {
    const [proxy] = await client.stats('proxy')

    expect(proxy).toMatchObject({ server: name, value: undefined })
    expect(proxy?.error).toMatchObject({ code: 'ERR_SERVER', applied: 'no', server: name })
    const [{ value: conns } = { value: undefined }] = await client.stats('conns')
    expect(conns?.connections.length).toBeGreaterThan(1)
  })

  it('answers for a dead server with its error', async () => {
    const dead = `127.0.0.1:${await freePort()}`
    await using both = openClient([name, dead])

    const [good, bad] = await both.stats('settings')

    expect(good).toMatchObject({ server: name, error: undefined })
    expect(bad).toMatchObject({ server: dead, value: undefined, error: { code: 'ERR_CONNECTION' } })
  })

  it('takes what a hostile server tells for figures and nothing else', async () => {
    await using hostile = await startImpostor({
      __proto__x: '1',
      pid: 'NaN',
      'items:1:__proto__': '2',
      'items:99999999999:number': '3',
      constructor: '4',
    })
    await using asking = openClient(`127.0.0.1:${hostile.port}`)

    const [general] = await asking.stats()
    const [items] = await asking.stats('items')

    expect(general?.value?.pid).toBeUndefined()
    expect(general?.value?.raw.constructor).toBe('4')
    expect([...(items?.value?.classes.keys() ?? [])]).toEqual([1])
  })

  it.each([
    ['stats', () => client.stats('items', { timeout: 5 } as CallOptions)],
    ['version', () => client.version({ timeoutMs: 0 })],
    ['verbosity', () => client.verbosity(1, { delay: 5 } as CallOptions)],
    ['cacheMemlimit', () => client.cacheMemlimit(64, { signal: 'none' } as unknown as CallOptions)],
    ['inspect', () => client.inspect('k', { timeout: 5 } as CallOptions)],
  ])('%s refuses options that nobody reads, and wrong ones', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it('rejects for a kind that there is not', async () => {
    await expect(client.stats('slab' as 'slabs')).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('general, items, slabs, sizes, settings, conns, proxy'),
    })
    await expect(client.stats('toString' as 'slabs')).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })
})

describe('inspect', () => {
  it('tells what the server knows of an item', async () => {
    await client.set('k', 'value', { ttl: 100 })

    const item = await client.inspect('k')

    expect(item).toMatchObject({ idle: 0, fetched: false, slabClass: 1 })
    expect(item?.ttl).toBeGreaterThanOrEqual(98)
    expect(item?.ttl).toBeLessThanOrEqual(100)
    expect(item?.sizeBytes).toBeGreaterThan(50)
    await client.get('k')
    expect((await client.inspect('k'))?.fetched).toBe(true)
  })

  it('tells what never expires, and what is not there', async () => {
    await client.set('k', 'value', { ttl: Infinity })

    expect((await client.inspect('k'))?.ttl).toBe(Infinity)
    expect(await client.inspect('missing')).toBeUndefined()
  })

  it('gives a version that `cas` takes', async () => {
    await client.set('k', 'old')
    const item = await client.inspect('k')
    if (item === undefined) throw new Error('nothing was found')

    expect(await client.cas('k', 'new', item.cas)).toBe('stored')
    expect(await client.cas('k', 'newer', item.cas)).toBe('exists')
  })

  it('gives a version of the connection that the key has, where there are several', async () => {
    await using wide = openClient({ servers: name, connections: 4 })
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await wide.set(key, 'old')
      const item = await wide.inspect(key)
      if (item === undefined) throw new Error('nothing was found')
      expect(await wide.cas(key, 'new', item.cas)).toBe('stored')
    }
  })

  it('finds encoded and hashed keys, and those of other clients', async () => {
    const long = `long:${'x'.repeat(300)}`
    await client.set('mit Leerzeichen, grüße\n', 'v')
    await client.set(long, 'v')
    await ask(server.port, 'ms Zm9v 1 b\r\nv\r\n')
    await ask(server.port, Buffer.from('set grüße 0 0 1\r\nv\r\n', 'utf8'))

    for (const key of ['mit Leerzeichen, grüße\n', long, 'foo', 'grüße']) {
      expect(await client.inspect(key)).toMatchObject({ fetched: false })
    }
    expect(await client.inspect('noch eine, grüße')).toBeUndefined()
  })

  it('neither touches the item nor takes the lease of a stale one', async () => {
    await client.set('k', 'v', { ttl: 100 })
    await client.metaDelete('k', { invalidate: true, ttl: 100 })

    await client.inspect('k')

    expect(await client.metaGet('k', { value: true })).toMatchObject({ stale: true, won: true })
  })

  it('keeps in step with what is asked around it', async () => {
    await client.set('a', '1')

    const answers = await Promise.all([
      client.get('a'),
      client.inspect('missing'),
      client.inspect('a'),
      client.get('missing'),
      client.version(),
      client.inspect('missing'),
      client.get('a'),
    ])

    expect(answers[0]?.value.toString()).toBe('1')
    expect(answers[1]).toBeUndefined()
    expect(answers[2]?.slabClass).toBe(1)
    expect(answers[3]).toBeUndefined()
    expect(answers[5]).toBeUndefined()
    expect(answers[6]?.value.toString()).toBe('1')
  })

  it('rejects before it asks where the key cannot be sent', async () => {
    await expect(client.inspect('')).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
  })

  it('takes an answer about another key for a connection that slipped', async () => {
    await using liar = await startImpostor(
      {},
      { 'me ': 'ME other exp=-1 la=0 cas=2 fetch=no cls=1 size=65\r\n' },
    )
    await using asking = openClient(`127.0.0.1:${liar.port}`)

    await expect(asking.inspect('k')).rejects.toMatchObject({ code: 'ERR_PROTOCOL' })
  })

  it('tells where a server has no such command', async () => {
    await using managed = await startImpostor({}, { 'me ': 'ERROR\r\n' })
    await using asking = openClient(`127.0.0.1:${managed.port}`)

    await expect(asking.inspect('k')).rejects.toMatchObject({ code: 'ERR_SERVER', applied: 'no' })
  })
})

describe('version', () => {
  it('is told by each server', async () => {
    expect(await client.version()).toEqual([
      { server: name, value: expect.stringMatching(/^1\.\d+\.\d+/), error: undefined },
    ])
  })
})

describe('flushAll', () => {
  it('empties every server, at once or later', async () => {
    await client.set('k', 'v')
    expect(await client.flushAll({ delay: 100 })).toEqual([
      { server: name, value: true, error: undefined },
    ])
    expect((await client.get('k'))?.value.toString()).toBe('v')

    await client.flushAll({ delay: 0 })

    expect(await client.get('k')).toBeUndefined()
  })

  it.each([
    [{ delay: Infinity }],
    [{ delay: -1 }],
    [{ delay: Number.NaN }],
    [{ delay: '5' }],
    [{ dealy: 5 }],
    [5],
    [null],
  ])('empties nothing for %o', async (options) => {
    await client.set('k', 'v')

    await expect(client.flushAll(options as { delay: number })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })

    expect((await client.get('k'))?.value.toString()).toBe('v')
  })

  it('does not take more than 30 days for a time that has passed', async () => {
    await client.set('k', 'v')

    await client.flushAll({ delay: 60 * 24 * 3600 })

    expect((await client.get('k'))?.value.toString()).toBe('v')
  })

  it('tells a refusal apart from a lost connection', async () => {
    await using locked = await startMemcached(['-F'])
    await using other = openClient(`127.0.0.1:${locked.port}`)
    await other.set('k', 'v')

    const [answer] = await other.flushAll()

    expect(answer?.error).toMatchObject({ code: 'ERR_SERVER', applied: 'no' })
    expect(answer?.error?.message).toContain('CLIENT_ERROR flush_all not allowed')
    expect((await other.get('k'))?.value.toString()).toBe('v')
  })
})

describe('verbosity', () => {
  it('is set on every server', async () => {
    expect(await client.verbosity(1)).toEqual([{ server: name, value: true, error: undefined }])
    const [noisy] = await client.stats('settings')
    await client.verbosity(0)
    const [quiet] = await client.stats('settings')

    expect(noisy?.value?.verbosity).toBe(1)
    expect(quiet?.value?.verbosity).toBe(0)
  })

  it.each([-1, 3, 1.5, Number.NaN, '1'])('cannot be %o', async (level) => {
    await expect(client.verbosity(level as number)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })
})

describe('cacheMemlimit', () => {
  it('is set on every server', async () => {
    await using other = await startMemcached()
    await using limited = openClient(`127.0.0.1:${other.port}`)

    const [answer] = await limited.cacheMemlimit(100)

    expect(answer?.value).toBe(true)
    const [general] = await limited.stats()
    expect(general?.value?.limit_maxbytes).toBe(100 * 1_048_576)
  })

  it('tells what the server refuses, and stays connected', async () => {
    const [before] = await client.stats('conns')
    const [answer] = await client.cacheMemlimit(1)

    expect(answer?.error).toMatchObject({ code: 'ERR_SERVER', applied: 'no' })
    expect(answer?.error?.message).toContain('MEMLIMIT_TOO_SMALL')
    const [after] = await client.stats('conns')
    expect(after?.value?.connections.map(({ fd }) => fd)).toEqual(
      before?.value?.connections.map(({ fd }) => fd),
    )
  })

  it.each([0, -1, 1.5, 2 ** 32, Infinity, '64'])('cannot be %o', async (megabytes) => {
    await expect(client.cacheMemlimit(megabytes as number)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })
})

describe('a signal', () => {
  it('ends a question to all servers', async () => {
    await using other = await startMemcached()
    await using asking = openClient({
      servers: `127.0.0.1:${other.port}`,
      timeoutMs: 20_000,
    })
    await asking.version()
    other.pause()
    const reason = new Error('enough')
    const controller = new AbortController()

    const asked = asking.stats('general', { signal: controller.signal })
    controller.abort(reason)

    await expect(asked).rejects.toBe(reason)
    other.resume()
    await eventually(async () => (await asking.version())[0]?.value !== undefined)
  })
})
