import { describe, expect, it } from 'vitest'
import type { KeyReply, KeysReply } from '../../../src/admin/api/keys.ts'
import { MemcachedClient } from '../../../src/client/client.ts'
import { startMemcached } from '../../support/memcached.ts'
import { openCachesDashboard, openDashboard } from './dashboard.ts'

const NEVER = { ttl: Infinity }

describe('a listing of keys', () => {
  it('gathers them by their start, with sizes, lifetimes and what was never read', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port], { clock: undefined })
    for (let i = 0; i < 30; i++) await client.set(`shop:1:product:${i}`, 'v', { ttl: 300 })
    for (let i = 0; i < 5; i++) await client.set(`shop:1:user:${i}`, Buffer.alloc(2000), NEVER)
    await client.set('other', 'v', NEVER)
    for (let i = 0; i < 12; i++) await client.get(`shop:1:product:${i}`)

    const reply = await dashboard.get<KeysReply>('api/keys?rows=3')

    expect(reply).toMatchObject({
      scanned: 36,
      matched: 36,
      neverFetched: 24,
      complete: true,
      reason: null,
      failed: [],
    })
    expect(reply.keys).toHaveLength(3)
    const [shop] = reply.tree
    expect(reply.tree.map(({ prefix, count }) => [prefix, count])).toEqual([['shop:', 35]])
    expect(
      shop?.groups[0]?.groups.map((group) => [group.prefix, group.count, group.neverFetched]),
    ).toEqual([
      ['shop:1:user:', 5, 5],
      ['shop:1:product:', 30, 18],
    ])
    const counts = (bars: KeysReply['ttls']) =>
      bars.filter(({ count }) => count > 0).map(({ label, count }) => [label, count])
    expect(counts(reply.ttls)).toEqual([
      ['10 min', 30],
      ['never', 6],
    ])
    expect(counts(reply.sizes)).toEqual([
      ['128 B', 31],
      ['8 KiB', 5],
    ])
    const all = await dashboard.get<KeysReply>('api/keys?rows=100')
    expect(all.bytes).toBe(all.keys.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  })

  it.each([
    ['prefix=shop:1:', 3, 3],
    ['match=user', 4, 2],
    ['match=*user:?', 4, 2],
    ['match=shop:*', 4, 3],
    ['prefix=shop:&match=*2', 3, 1],
  ])('keeps to %s', async (query, scanned, matched) => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    for (const key of ['shop:1:user:1', 'shop:1:user:2', 'shop:1:x', 'z'])
      await client.set(key, 'v')

    const reply = await dashboard.get<KeysReply>(`api/keys?${query}`)

    expect([reply.scanned, reply.matched]).toEqual([scanned, matched])
  })

  it('ends at its limit, and says so', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    for (let i = 0; i < 20; i++) await client.set(`k${i}`, 'v')

    const reply = await dashboard.get<KeysReply>('api/keys?limit=7')

    expect(reply).toMatchObject({
      scanned: 7,
      complete: false,
      reason: 'There are more than 7 keys.',
    })
  })

  it('is one at a time', async () => {
    await using server = await startMemcached()
    await using dashboard = openDashboard([server.port])

    const both = await Promise.all([dashboard.ask('api/keys'), dashboard.ask('api/keys')])
    const later = await dashboard.ask('api/keys')

    expect(both.map(({ status }) => status)).toEqual([200, 409])
    expect(later.status).toBe(200)
  })

  it('says which server does not allow it, next to the keys of the others', async () => {
    await using closed = await startMemcached(['-X'])
    await using open = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${open.port}`)
    await using dashboard = openDashboard([closed.port, open.port])
    await client.set('k', 'v')

    const reply = await dashboard.get<KeysReply>('api/keys')

    expect([reply.scanned, reply.complete]).toEqual([1, false])
    expect(reply.failed.map(({ server }) => server)).toEqual([`127.0.0.1:${closed.port}`])
    expect(reply.failed[0]?.error).toContain('not allowed')
  })

  it.each(['limit=0', 'limit=1000001', 'rows=x', `match=${'x'.repeat(251)}`])(
    'refuses %s',
    async (query) => {
      await using dashboard = openDashboard([1])

      expect((await dashboard.ask(`api/keys?${query}`)).status).toBe(400)
    },
  )

  it('is not for everybody', async () => {
    await using closed = openDashboard([1], { values: 'none' })
    await using production = openDashboard([1], {
      authorize: () => 'ada',
      env: { NODE_ENV: 'production' },
    })
    await using other = openDashboard([1], {
      authorize: () => ({ name: 'ada', permissions: ['view', 'delete'] }),
    })
    for (const { ask } of [closed, production, other]) {
      for (const path of ['api/keys', 'api/key?alias=default&key=k']) {
        expect((await ask(path)).status).toBe(403)
      }
    }
  })
})

describe('one key', () => {
  it('is looked up without a read, and shown only where that is asked for', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    await dashboard.caches.default.set('k', { name: 'Ada', password: 'secret' }, { ttl: 60 })

    const facts = await dashboard.get<KeyReply>('api/key?alias=default&key=k')
    const again = await client.inspect(':1:k')
    const shown = await dashboard.get<KeyReply>('api/key?alias=default&key=k&preview=1')

    expect(facts).toMatchObject({
      alias: 'default',
      key: ':1:k',
      found: true,
      server: `127.0.0.1:${server.port}`,
      item: { expires: true, fetched: false },
      preview: null,
    })
    expect(facts.item?.ttl).toBeGreaterThanOrEqual(59)
    expect(again?.fetched).toBe(false)
    expect(shown.preview).toMatchObject({ form: 'json', state: 'fresh', redacted: true })
    expect(JSON.parse(shown.preview?.text ?? '')).toEqual({ name: 'Ada', password: '[redacted]' })
  })

  it('is found by its key on the server, also where another application wrote it', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    const name = `127.0.0.1:${server.port}`
    await client.set('theirs', Buffer.from('\u0000\u0001pickle'), { flags: 1 })
    await dashboard.caches.default.set('ours', new Map([['a', 1n]]))

    const theirs = await dashboard.get<KeyReply>(`api/key?server=${name}&key=theirs&preview=1`)
    const ours = await dashboard.get<KeyReply>(`api/key?server=${name}&key=:1:ours&preview=1`)

    expect(theirs.preview).toMatchObject({ form: 'hex', state: 'foreign', flags: 1 })
    expect(theirs.preview?.text).toBe(
      '00000000  00 01 70 69 63 6b 6c 65                          ..pickle',
    )
    expect(ours).toMatchObject({ alias: 'default', preview: { form: 'inspect' } })
    expect(ours.preview?.text).toBe("Map(1) { 'a' => 1n }")
  })

  it('is shown as far as `values` says', async () => {
    await using server = await startMemcached()
    await using dashboard = openDashboard([server.port], { values: 'meta' })
    await dashboard.caches.default.set('k', 'v')

    const reply = await dashboard.get<KeyReply>('api/key?alias=default&key=k&preview=1')

    expect([reply.found, reply.preview]).toEqual([true, null])
  })

  it('is cut at 64 kB', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    await dashboard.caches.default.set('k', 'é'.repeat(50_000))

    const reply = await dashboard.get<KeyReply>('api/key?alias=default&key=k&preview=1')

    expect(reply.preview).toMatchObject({ form: 'text', truncated: true })
    expect(Buffer.byteLength(reply.preview?.text ?? '')).toBe(65_536)
  })

  it('is looked up in memory too', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    await dashboard.caches.default.set('k', [1, 2], { ttl: 60, tags: ['t'] })

    const reply = await dashboard.get<KeyReply>('api/key?alias=default&key=k&preview=1')
    const missing = await dashboard.get<KeyReply>('api/key?alias=default&key=other')

    expect(reply).toMatchObject({ server: null, item: { ttl: 60, sizeBytes: null } })
    expect(reply.preview?.text).toBe('[\n  1,\n  2\n]')
    expect(missing).toMatchObject({ found: false, item: null })
  })

  it.each(['key=k', 'alias=default&key=', 'alias=default&key=k&version=a:b'])(
    'refuses %s',
    async (query) => {
      await using dashboard = openCachesDashboard({ default: 'memory://' })

      expect((await dashboard.ask(`api/key?${query}`)).status).toBe(400)
    },
  )

  it('asks no server and no alias that is not its own', async () => {
    await using dashboard = openDashboard([1])

    expect((await dashboard.ask('api/key?alias=evil&key=k')).status).toBe(404)
    expect((await dashboard.ask('api/key?server=169.254.169.254:80&key=k')).status).toBe(404)
  })
})
