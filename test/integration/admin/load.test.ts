import { describe, expect, it } from 'vitest'
import { FaultProxy } from '../../../src/testing/fault-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { startMemcached } from '../../support/memcached.ts'
import { openDashboard } from './dashboard.ts'

describe('all screens together', () => {
  it('cost a server one round a second, its settings once a minute, and nothing else', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using dashboard = openDashboard([proxy.port])
    const name = `127.0.0.1:${proxy.port}`
    const screens = [
      'session',
      'overview',
      'history?resolution=10',
      'aliases',
      'pages',
      'fragments',
      'servers',
      `slabs?server=${name}`,
      'hot-keys',
      'health',
      'audit',
      'requests',
    ]
    const look = async (): Promise<void> => {
      const tabs = Array.from({ length: 20 }, () => screens).flat()
      await Promise.all(tabs.map((screen) => dashboard.get(`api/${screen}`)))
    }

    for (let second = 0; second < 10; second++) {
      await look()
      dashboard.clock.advance(1)
      await new Promise(setImmediate)
    }
    await look()

    // Eleven rounds of `stats`, `stats slabs` and `stats items`, and `stats settings`.
    expect(proxy.commands('stats')).toBe(11 * 3 + 1)
    for (const verb of ['mg', 'ms', 'me', 'watch', 'lru_crawler']) {
      expect([verb, proxy.commands(verb)]).toEqual([verb, 0])
    }
  })

  it('cost one more a second while the connections are looked at', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using dashboard = openDashboard([proxy.port])
    const path = `api/connections?server=127.0.0.1:${proxy.port}`

    for (let second = 0; second < 3; second++) {
      await Promise.all(Array.from({ length: 20 }, () => dashboard.get(path)))
      dashboard.clock.advance(1)
      await new Promise(setImmediate)
    }
    await dashboard.get(path)

    expect(proxy.commands('stats')).toBe(4 * 4)
  })

  it('go on in the background where that is asked for', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using dashboard = openDashboard([proxy.port], { backgroundMs: 10_000 })
    for (let round = 1; round <= 3; round++) {
      for (let second = 0; second < 10; second++) {
        await new Promise(setImmediate)
        dashboard.clock.advance(1)
      }
      await eventually(async () => proxy.commands('stats') >= 4 * round)
    }

    expect(proxy.commands('stats')).toBe(4 * 3)
  })
})
