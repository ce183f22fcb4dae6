import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../src/client/index.ts'
import { type Fault, FaultProxy, seededRandom } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

const KEYS = 50

let server: MemcachedServer
let proxy: FaultProxy
let client: MemcachedClient

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port }, seed: 11 })
  client = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 10_000 })
  await Promise.all(Array.from({ length: KEYS }, (_, i) => client.set(`k${i}`, `v:k${i}`)))
})

afterEach(async () => {
  await client.close()
  await proxy.close()
  await server.kill()
})

describe('a call that is aborted', () => {
  it.each<[string, Fault]>([
    ['slow', { kind: 'latency', ms: 1, jitterMs: 9 }],
    ['in pieces', { kind: 'slice', bytes: 'random' }],
  ])('row 21: at any moment, while replies come %s, harms no other', async (_, fault) => {
    await proxy.set(fault)
    const random = seededRandom(5)
    const reason = new Error('the caller went away')
    const seen = { answered: 0, aborted: 0 }

    for (let round = 0; round < 60; round++) {
      const calls = Array.from({ length: 10 }, async () => {
        const key = `k${Math.floor(random() * KEYS)}`
        const caller = new AbortController()
        const dice = random()
        // At once, within this tick, within the next ones, or never.
        if (dice < 0.1) caller.abort(reason)
        else if (dice < 0.3) process.nextTick(() => caller.abort(reason))
        else if (dice < 0.7) setTimeout(() => caller.abort(reason), random() * 10)
        try {
          const item = await client.get(key, { signal: caller.signal })
          expect(item?.value.toString()).toBe(`v:${key}`)
          seen.answered++
        } catch (error) {
          expect(error).toBe(reason)
          seen.aborted++
        }
      })
      await Promise.race([Promise.all(calls), sleep(random() * 8)])
    }
    while (seen.answered + seen.aborted < 600) await sleep(5)

    expect(seen.aborted).toBeGreaterThan(100)
    expect(seen.answered).toBeGreaterThan(100)
    await proxy.set({ kind: 'pass' })
    const found = await client.getMany(Array.from({ length: KEYS }, (_, i) => `k${i}`))
    for (let i = 0; i < KEYS; i++) {
      expect(found.get(`k${i}`)?.value.toString()).toBe(`v:k${i}`)
    }
    // Its reply was read and dropped: the connection was never given up.
    expect(proxy.counts.connections).toBe(1)
  })

  it('row 21: leaves of a write the old value or the new one', async () => {
    await proxy.set({ kind: 'latency', ms: 20 })
    const random = seededRandom(6)
    for (let i = 0; i < KEYS; i++) {
      const caller = new AbortController()
      const write = client.set(`k${i}`, `new:k${i}`, { signal: caller.signal })
      setTimeout(() => caller.abort(), random() * 30)
      await write.catch((error: unknown) => expect(error).toBe(caller.signal.reason))
    }
    await proxy.set({ kind: 'pass' })

    const found = await client.getMany(Array.from({ length: KEYS }, (_, i) => `k${i}`))
    for (let i = 0; i < KEYS; i++) {
      expect([`v:k${i}`, `new:k${i}`]).toContain(found.get(`k${i}`)?.value.toString())
    }
    expect(proxy.counts.connections).toBe(1)
  })

  it('row 21: is let go at once where the server hangs, and is counted until it answers', async () => {
    await using small = openClient({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: 10_000,
      maxPending: 3,
    })
    await small.get('k0')
    await proxy.set({ kind: 'hang' })
    const caller = new AbortController()
    const calls = [1, 2, 3].map((i) => small.get(`k${i}`, { signal: caller.signal }))
    await sleep(20)
    const startedAt = performance.now()
    caller.abort()

    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(performance.now() - startedAt).toBeLessThan(500)
    await expect(small.get('k4')).rejects.toMatchObject({ code: 'ERR_OVERLOADED' })

    await proxy.set({ kind: 'pass' })
    await expect
      .poll(() =>
        small.get('k4').then(
          (item) => item?.value.toString(),
          () => '',
        ),
      )
      .toBe('v:k4')
    expect(proxy.counts.connections).toBe(2)
  })
})
