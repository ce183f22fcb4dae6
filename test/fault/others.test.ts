import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask, executedCommands } from '../support/raw.ts'
import { runScript } from '../support/script.ts'

let server: MemcachedServer
let location: string

beforeEach(async () => {
  server = await startMemcached()
  location = `127.0.0.1:${server.port}`
})

afterEach(() => server.kill())

const open = () =>
  createCaches({
    default: { backend: 'memcached', location, options: { timeoutMs: 10_000 } },
  })

describe('what others do to a server', () => {
  it('row 23: flush_all while it is computed: one at a time computes in each process', async () => {
    // Each set of caches is a process of its own, as far as the server can tell.
    const all = Array.from({ length: 3 }, open)
    let running = 0
    let most = 0
    let computed = 0
    const perProcess = all.map((caches) => async () => {
      let mine = 0
      return caches.default.getOrSet('k', async () => {
        most = Math.max(most, ++mine)
        running++
        computed++
        await new Promise((resolve) => setTimeout(resolve, 300))
        running--
        mine--
        return 'computed'
      })
    })
    const calls = perProcess.flatMap((call) => Array.from({ length: 100 }, call))
    while (running === 0) await new Promise(setImmediate)
    await ask(server.port, 'flush_all\r\n')

    expect(new Set(await Promise.all(calls))).toEqual(new Set(['computed']))
    expect(most).toBe(1)
    // The first lost its lease with the flush; one of the others won a new one.
    expect(computed).toBeLessThanOrEqual(3)
    await all[0]?.default.getOrSet('k', () => 'computed')
    expect(await all[1]?.default.get('k')).toBe('computed')
    await Promise.all(all.map((caches) => caches.close()))
  })

  it('row 23: eviction: what is read is whole and its own, or a miss', async () => {
    await using small = await startMemcached(['-m', '2'])
    await using client = openClient({ servers: `127.0.0.1:${small.port}`, timeoutMs: 10_000 })
    const value = (i: number) => Buffer.alloc(20_000, `${i}:`)
    for (let i = 0; i < 1000; i += 50) {
      const batch = Array.from({ length: 50 }, (_, j) => i + j)
      await Promise.all(batch.map((n) => client.set(`k${n}`, value(n))))
    }

    const found = await client.getMany(Array.from({ length: 1000 }, (_, i) => `k${i}`))

    expect(found.size).toBeLessThan(1000)
    expect(found.size).toBeGreaterThan(10)
    for (const [key, item] of found) {
      expect(item.value.equals(value(Number(key.slice(1))))).toBe(true)
    }
    expect((await executedCommands(small.port)).sets).toBe(1000)
  })

  it('row 23: a winner that is killed: after its lease another one wins', async () => {
    const dying = runScript(
      'src/index.ts',
      `const { default: cache } = entry.createCaches({
        default: { backend: 'memcached', location: '${location}' },
      })
      await cache.getOrSet('k', () => process.kill(process.pid, 'SIGKILL'), { leaseFor: 1 })`,
    )
    await expect(dying).rejects.toMatchObject({ signal: 'SIGKILL' })
    expect(await ask(server.port, 'mg :1:k s\r\n')).toMatch(/^HD s0/)
    await using caches = open()

    const startedAt = performance.now()
    const value = await caches.default.getOrSet('k', () => 'computed', { waitMs: 10_000 })

    expect(value).toBe('computed')
    expect(performance.now() - startedAt).toBeLessThan(4000)
    expect(await caches.default.get('k')).toBe('computed')
  })

  it('row 23: CAS races: each success counts once', async () => {
    const clients = Array.from({ length: 10 }, () =>
      openClient({ servers: location, timeoutMs: 10_000 }),
    )
    await clients[0]?.set('n', '0')
    let stored = 0
    await Promise.all(
      clients.map(async (client) => {
        for (let i = 0; i < 30; i++) {
          const item = await client.gets('n')
          if (item === undefined) throw new Error('The number is gone.')
          const next = `${Number(item.value.toString()) + 1}`
          if ((await client.cas('n', next, item.cas)) === 'stored') stored++
        }
      }),
    )

    expect(await ask(server.port, 'mg n v\r\n')).toBe(`VA ${`${stored}`.length}\r\n${stored}\r\n`)
    expect(stored).toBeLessThan(300)
    await Promise.all(clients.map((client) => client.close()))
  })
})
