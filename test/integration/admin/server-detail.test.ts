import { describe, expect, it } from 'vitest'
import type { ConnectionsReply } from '../../../src/admin/api/connections.ts'
import type { ServersReply } from '../../../src/admin/api/servers.ts'
import type { SlabsReply } from '../../../src/admin/api/slabs.ts'
import { MemcachedClient } from '../../../src/client/client.ts'
import { startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'
import { openDashboard } from './dashboard.ts'

const KIB = 1024
const MIB = 1024 * 1024

describe('the details of a live server', () => {
  it('counts operations by kind, and reads with those that touch', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    await client.set('there', 'v')
    await client.set('n', '5')
    await dashboard.get('api/servers')
    await times(3, () => client.get('there'))
    await times(1, () => client.get('not there'))
    await times(4, () => client.gat('there', 60))
    await times(2, () => client.gat('not there', 60))
    await times(5, () => client.set('there', 'w'))
    await times(2, () => client.delete('gone'))
    await times(6, () => client.incr('n'))
    dashboard.clock.advance(2)

    const { servers } = await dashboard.get<ServersReply>('api/servers')

    expect(servers[0]?.detail).toMatchObject({
      seconds: 2,
      // 1.6.18 counts a `gat` that hits as a touch, and one that misses as a get.
      rates: { get: 3, set: 2.5, touch: 2, delete: 1, arithmetic: 3, cas: 0 },
      // 3 of 4 gets and 4 of 6 gats.
      readHitRatio: 7 / 10,
    })
    expect(servers[0]?.hitRatio).toBe(3 / 6)
  })

  it('tells why reads missed', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    await client.set('flushed', 'v')
    await dashboard.get('api/servers')
    await client.flushAll()
    await client.get('flushed')
    await times(3, () => client.get('never there'))
    dashboard.clock.advance(1)

    const { servers } = await dashboard.get<ServersReply>('api/servers')

    expect(servers[0]?.detail).toMatchObject({ missesFlushed: 1 / 4, missesExpired: 0 })
  })

  it('counts conflicts of compare-and-swap, by their outcome', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    await dashboard.get('api/servers')
    for (const value of ['a', 'b', 'c']) {
      await client.set('k', 'v')
      const item = await client.gets('k')
      if (item === undefined) throw new Error('no item')
      if (value === 'c') await client.set('k', 'changed meanwhile')
      await client.cas('k', value, item.cas)
    }
    dashboard.clock.advance(1)

    const { servers } = await dashboard.get<ServersReply>('api/servers')

    expect(servers[0]?.detail.casConflicts).toBe(1 / 3)
    expect(servers[0]?.detail.rates.cas).toBe(3)
  })

  it('says nothing about an interval without anything, and nothing before there is one', async () => {
    await using server = await startMemcached()
    await using dashboard = openDashboard([server.port])

    const first = await dashboard.get<ServersReply>('api/servers')
    dashboard.clock.advance(1)
    const second = await dashboard.get<ServersReply>('api/servers')

    expect(first.servers[0]?.detail).toMatchObject({ seconds: null, rates: { get: null } })
    expect(second.servers[0]?.detail).toMatchObject({
      seconds: 1,
      rates: { get: 0, set: 0 },
      readHitRatio: null,
      missesExpired: null,
      casConflicts: null,
      evictionAge: null,
      evictedUnfetched: null,
      uselessWrites: null,
      rejectedConnections: 0,
      meanItemBytes: null,
      logLoss: null,
    })
  })

  it('tells what it evicts, how old that is, and that nobody had read it', async () => {
    await using server = await startMemcached(['-m', '2'])
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    await dashboard.get('api/servers')
    for (let i = 0; i < 60; i++) await client.set(`k${i}`, Buffer.alloc(100_000))
    dashboard.clock.advance(1)

    const { servers } = await dashboard.get<ServersReply>('api/servers')

    const { detail, evictionsPerSecond } = servers[0] ?? {}
    expect(evictionsPerSecond).toBeGreaterThan(20)
    expect(detail?.evictedUnfetched).toBe(1)
    expect(detail?.uselessWrites).toBe((evictionsPerSecond ?? 0) / 60)
    expect(detail?.evictionAge).toBeLessThan(5)
  })

  it('counts values that are too large', async () => {
    await using server = await startMemcached(['-I', '1m'])
    await using dashboard = openDashboard([server.port])
    await dashboard.get('api/servers')
    await ask(server.port, `set k 0 0 ${2 * MIB}\r\n${'x'.repeat(2 * MIB)}\r\n`).catch(() => {})
    dashboard.clock.advance(1)

    const { servers } = await dashboard.get<ServersReply>('api/servers')

    expect(servers[0]?.detail.tooLargePerSecond).toBe(1)
  })

  it('shares the keys as the client does, and the traffic as it was', async () => {
    await using one = await startMemcached()
    await using other = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${one.port}`)
    await using dashboard = openDashboard([one.port, other.port])
    await dashboard.get('api/servers')
    // What the dashboard asks is no command that is counted.
    await times(8, () => client.get('k'))
    dashboard.clock.advance(1)

    const { servers } = await dashboard.get<ServersReply>('api/servers')

    const shares = servers.map(({ keyShare }) => keyShare ?? 0)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
    for (const share of shares) expect(share).toBeCloseTo(0.5, 1)
    expect(servers.map(({ trafficShare }) => trafficShare)).toEqual([1, 0])
    expect(servers.map(({ state, aliases }) => [state, aliases])).toEqual([
      ['up', ['default']],
      ['up', ['default']],
    ])
  })

  it('remembers why a server is down', async () => {
    const dead = await startMemcached()
    await using dashboard = openDashboard([dead.port])
    await dashboard.get('api/servers')
    await dead.kill()
    dashboard.clock.advance(1)

    const { servers } = await dashboard.get<ServersReply>('api/servers')

    expect(servers[0]).toMatchObject({ up: false, state: 'down', keyShare: 1 })
    expect(servers[0]?.lastError).toMatch(/\w/)
    expect(servers[0]?.detail).toMatchObject({ seconds: null, threads: null })
  })
})

describe('the memory of a live server', () => {
  it('is added up over its classes', async () => {
    await using server = await startMemcached(['-m', '64'])
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    await dashboard.get('api/servers')
    await times(10, (i) => client.set(`small${i}`, Buffer.alloc(10)))
    await times(4, (i) => client.set(`large${i}`, Buffer.alloc(30 * KIB)))
    await times(5, () => client.get('small1'))
    dashboard.clock.advance(1)

    const reply = await dashboard.get<SlabsReply>(`api/slabs?server=127.0.0.1:${server.port}`)

    const { memory, classes } = reply
    expect(reply.error).toBeNull()
    expect(classes.map(({ items, usedChunks }) => [items, usedChunks])).toEqual([
      [10, 10],
      [4, 4],
    ])
    expect(classes[0]).toMatchObject({ pages: 1, evicted: 0, getsPerSecond: 5, setsPerSecond: 10 })
    // Each item has a header of 48 bytes, with its CAS 8 more, and its key.
    const [small, large] = classes
    if (memory === null || small === undefined || large === undefined) throw new Error('no memory')
    const requested = memory.itemBytes ?? 0
    expect(memory).toMatchObject({ limitBytes: 64 * MIB, takenBytes: 2 * MIB })
    expect(memory.wasteBytes).toBe(10 * small.chunkBytes + 4 * large.chunkBytes - requested)
    expect(memory.wasteBytes + requested + memory.freeInClassesBytes + memory.pageTailBytes).toBe(
      2 * MIB,
    )
  })

  it('says that there is no such server, whatever is asked for', async () => {
    await using dashboard = openDashboard([1])
    for (const server of ['169.254.169.254:80', '', 'evil']) {
      for (const screen of ['slabs', 'connections']) {
        expect((await dashboard.ask(`api/${screen}?server=${server}`)).status).toBe(404)
      }
    }
  })
})

describe('the connections of a live server', () => {
  it('are those that are open, and the descriptors that it keeps, of the limit', async () => {
    await using server = await startMemcached(['-c', '64', '-t', '4'])
    await using client = new MemcachedClient({
      servers: `127.0.0.1:${server.port}`,
      connections: 3,
    })
    await times(3, (i) => client.get(`k${i}`))
    await using dashboard = openDashboard([server.port])

    const reply = await dashboard.get<ConnectionsReply>(
      `api/connections?server=127.0.0.1:${server.port}`,
    )

    expect(reply).toMatchObject({ limit: 64, rejectedSinceStart: 0, error: null })
    expect(reply.full).toBe(((reply.open ?? 0) + (reply.reserved ?? 0)) / 64)
    expect(reply.peers).toEqual([{ peer: '127.0.0.1', count: reply.connections.length }])
    expect(reply.connections.length).toBeGreaterThanOrEqual(2)
    expect(reply.connections.length).toBeLessThanOrEqual(4)
  })
})

async function times(count: number, run: (i: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => run(i)))
}
