import { hasSubscribers } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import type { HotKeysReply } from '../../../src/admin/api/hot-keys.ts'
import type { WatchReply } from '../../../src/admin/api/watch.ts'
import { MemcachedClient } from '../../../src/client/client.ts'
import { eventually } from '../../support/eventually.ts'
import { startMemcached } from '../../support/memcached.ts'
import { openCachesDashboard, openDashboard } from './dashboard.ts'

describe('hot keys', () => {
  it('are found by a sample, while somebody looks', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    const { caches, clock } = dashboard
    await caches.default.get('before')
    expect(hasSubscribers('reprise:key')).toBe(false)

    const first = await dashboard.get<HotKeysReply>('api/hot-keys')
    for (let i = 0; i < 20_000; i++) {
      await caches.default.get(i % 2 === 0 ? 'hot' : i % 8 === 1 ? 'warm' : `cold${i}`)
    }
    clock.advance(10)
    const reply = await dashboard.get<HotKeysReply>('api/hot-keys')

    expect(first).toMatchObject({ sampleRate: 0.01, sampled: 0, keys: [] })
    expect(reply.seconds).toBe(10)
    // 200 in the mean; what is outside of this is one chance in a million.
    expect(reply.sampled).toBeGreaterThan(130)
    expect(reply.sampled).toBeLessThan(270)
    expect(reply.keys.slice(0, 2).map(({ alias, key }) => [alias, key])).toEqual([
      ['default', ':1:hot'],
      ['default', ':1:warm'],
    ])
    expect(reply.keys[0]?.share).toBeGreaterThan(0.3)
    expect(reply.keys[0]?.share).toBeLessThan(0.7)
  })

  it('are not looked for once nobody looks', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    await dashboard.get('api/hot-keys')
    expect(hasSubscribers('reprise:key')).toBe(true)
    dashboard.clock.advance(16)

    for (let i = 0; i < 300; i++) await dashboard.caches.default.get('k')

    expect(hasSubscribers('reprise:key')).toBe(false)
  })

  it('have no names where keys are not shown', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' }, { values: 'none' })
    await dashboard.get('api/hot-keys')
    for (let i = 0; i < 1000; i++) await dashboard.caches.default.get('secret')

    const { keys } = await dashboard.get<HotKeysReply>('api/hot-keys')

    expect(keys.map(({ key }) => key)).toEqual([null])
  })
})

describe('a capture', () => {
  it('tells what a server did, and counts a write once', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port], { clock: undefined })
    const name = `127.0.0.1:${server.port}`
    const running = dashboard.post('api/watch', {
      server: name,
      kinds: ['fetchers', 'mutations'],
      seconds: 2,
    })
    await eventually(async () => (await client.stats())[0]?.value?.log_watchers === 1)
    for (let i = 0; i < 5; i++) await client.get('hot')
    for (let i = 0; i < 3; i++) await client.set('written', 'v')

    const reply = (await (await running).json()) as WatchReply

    expect(reply).toMatchObject({ server: name, skipped: 0, dropped: 0, sampleRate: 1 })
    expect(reply.counts).toEqual([
      { type: 'item_get', count: 8 },
      { type: 'item_store', count: 3 },
    ])
    expect(reply.keys).toEqual([
      { key: 'hot', count: 5 },
      { key: 'written', count: 3 },
    ])
    expect(reply.seconds).toBeGreaterThan(1.9)
    expect(reply.seconds).toBeLessThan(3.5)
  })

  it('is one at a time, of one server, for five seconds at most', async () => {
    await using server = await startMemcached()
    await using dashboard = openDashboard([server.port], { clock: undefined })
    const body = { server: `127.0.0.1:${server.port}`, kinds: ['evictions'], seconds: 1 }

    const both = await Promise.all([
      dashboard.post('api/watch', body),
      dashboard.post('api/watch', body),
    ])

    expect(both.map(({ status }) => status)).toEqual([200, 409])
    for (const wrong of [{ seconds: 6 }, { seconds: 0 }, { kinds: [] }, { kinds: ['all'] }]) {
      expect((await dashboard.post('api/watch', { ...body, ...wrong })).status).toBe(400)
    }
    expect((await dashboard.post('api/watch', { ...body, server: 'evil:1' })).status).toBe(404)
  })

  it('is not for who has not the permission', async () => {
    await using dashboard = openDashboard([1], {
      authorize: () => ({ name: 'ada', permissions: ['view', 'values'] }),
    })

    expect((await dashboard.post('api/watch', {})).status).toBe(403)
  })

  it('says that the server does not allow it', async () => {
    await using server = await startMemcached(['-W'])
    await using dashboard = openDashboard([server.port], { clock: undefined })

    const response = await dashboard.post('api/watch', {
      server: `127.0.0.1:${server.port}`,
      kinds: ['evictions'],
      seconds: 1,
    })

    expect([response.status, await response.text()]).toEqual([
      502,
      expect.stringContaining('watch commands not allowed'),
    ])
  })
})
