import { describe, expect, it, vi } from 'vitest'
import { MemcachedClient } from '../../../src/client/client.ts'
import { startMemcached } from '../../support/memcached.ts'
import { openDashboard } from './dashboard.ts'

describe('the figures of a live server', () => {
  it('shows the hit ratio and the rates of known traffic', async () => {
    await using server = await startMemcached(['-m', '64'])
    await using dashboard = openDashboard([server.port])
    await traffic(server.port, { sets: 3, hits: 5, misses: 95 })
    await dashboard.overview()
    await traffic(server.port, { sets: 4, hits: 30, misses: 10 })
    dashboard.clock.advance(2)

    const { servers, total } = await dashboard.overview()

    expect(servers[0]).toMatchObject({
      server: `127.0.0.1:${server.port}`,
      up: true,
      error: null,
      seconds: 2,
      hitRatio: 0.75,
      hits: 30,
      misses: 10,
      getsPerSecond: 20,
      setsPerSecond: 2,
      operationsPerSecond: 22,
      evictionsPerSecond: 0,
      items: 1,
      memoryLimitBytes: 67_108_864,
      // One page for the one class that has an item.
      memoryUsedBytes: 1_048_576,
      memoryFull: 1 / 64,
      connectionLimit: 1024,
      hitRatioSinceStart: 35 / 140,
      restarts: 0,
    })
    expect(total).toMatchObject({ hitRatio: 0.75, servers: 1, serversUp: 1 })
  })

  it('shows no hit ratio for an interval without gets', async () => {
    await using server = await startMemcached()
    await using dashboard = openDashboard([server.port])
    await dashboard.overview()
    dashboard.clock.advance(1)

    const { servers } = await dashboard.overview()

    expect(servers[0]).toMatchObject({ seconds: 1, hitRatio: null, getsPerSecond: 0 })
  })

  it('reaches back as far as the window that is asked for', async () => {
    await using server = await startMemcached()
    await using dashboard = openDashboard([server.port])
    await dashboard.overview()
    for (const misses of [10, 0, 0]) {
      await traffic(server.port, { sets: 1, hits: 10, misses })
      dashboard.clock.advance(1)
      await dashboard.overview()
    }

    const short = await dashboard.overview('?window=1')
    const long = await dashboard.overview('?window=3')

    expect([short.seconds, short.total.hitRatio]).toEqual([1, 1])
    expect([long.seconds, long.total.hitRatio]).toEqual([3, 0.75])
  })

  it('sums hits and misses of two servers', async () => {
    await using one = await startMemcached()
    await using other = await startMemcached()
    await using dashboard = openDashboard([one.port, other.port])
    await dashboard.overview()
    await traffic(one.port, { sets: 1, hits: 90, misses: 10 })
    await traffic(other.port, { sets: 1, hits: 0, misses: 20 })
    dashboard.clock.advance(1)

    const { servers, total } = await dashboard.overview()

    expect(servers.map(({ hitRatio }) => hitRatio)).toEqual([0.9, 0])
    expect(total).toMatchObject({ hitRatio: 0.75, getsPerSecond: 120, items: 2, serversUp: 2 })
  })

  it('shows evictions once the memory is full', async () => {
    await using server = await startMemcached(['-m', '2'])
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    await dashboard.overview()
    for (let i = 0; i < 60; i++) await client.set(`k${i}`, Buffer.alloc(100_000))
    dashboard.clock.advance(1)

    const { total } = await dashboard.overview()

    expect(total.evictionsPerSecond).toBeGreaterThan(20)
    expect(total.memoryFull).toBeGreaterThanOrEqual(1)
  })
})

describe('a server that fails', () => {
  it('is shown as down with its reason, next to the others', async () => {
    const dead = await startMemcached()
    await dead.kill()
    await using alive = await startMemcached()
    await using dashboard = openDashboard([dead.port, alive.port])
    await dashboard.overview()
    await traffic(alive.port, { sets: 1, hits: 3, misses: 1 })
    dashboard.clock.advance(1)

    const { servers, total } = await dashboard.overview()

    expect(servers[0]).toMatchObject({ up: false, hitRatio: null, items: null, uptime: null })
    expect(servers[0]?.error).toContain(`connect ECONNREFUSED 127.0.0.1:${dead.port}`)
    expect(servers[1]).toMatchObject({ up: true, hitRatio: 0.75 })
    expect(total).toMatchObject({ servers: 2, serversUp: 1, hitRatio: 0.75 })
  })

  it('is marked where it was restarted, and makes no spike', async () => {
    const first = await startMemcached()
    await using dashboard = openDashboard([first.port])
    await traffic(first.port, { sets: 1, hits: 500, misses: 500 })
    await dashboard.overview()
    await first.kill()
    await using second = await startMemcached([], { port: first.port })
    await traffic(second.port, { sets: 1, hits: 2, misses: 0 })

    const back = await vi.waitFor(async () => {
      dashboard.clock.advance(1)
      const overview = await dashboard.overview('?window=600')
      expect(overview.total.serversUp).toBe(1)
      return overview
    }, 10_000)

    expect(back.servers[0]).toMatchObject({
      restarts: 1,
      seconds: null,
      hitRatio: null,
      hits: null,
    })
    expect(back.history.markers).toEqual([
      { wallMs: dashboard.clock.now(), server: `127.0.0.1:${second.port}`, kind: 'restarted' },
    ])
    expect(back.history.points.at(-1)).toMatchObject({ hitRatio: null, operationsPerSecond: null })

    await traffic(second.port, { sets: 0, hits: 1, misses: 3 })
    dashboard.clock.advance(1)
    const next = await dashboard.overview('?window=600')

    expect(next.servers[0]).toMatchObject({ restarts: 1, hitRatio: 0.25, getsPerSecond: 4 })
  })
})

interface Traffic {
  readonly sets: number
  readonly hits: number
  readonly misses: number
}

/** So many commands of each, by a client of its own. */
async function traffic(port: number, { sets, hits, misses }: Traffic): Promise<void> {
  await using client = new MemcachedClient(`127.0.0.1:${port}`)
  await Promise.all(Array.from({ length: sets }, () => client.set('there', 'v')))
  await Promise.all(Array.from({ length: hits }, () => client.get('there')))
  await Promise.all(Array.from({ length: misses }, () => client.get('not there')))
}
