import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { SLACK_MS } from '../support/invariants.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { runScript } from '../support/script.ts'

let server: MemcachedServer
let proxy: FaultProxy

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
})

afterEach(async () => {
  await proxy.close()
  await server.kill()
})

describe('a server that takes less than it is sent', () => {
  it('row 20: is owed no more than the limits say; the rest is refused at once', async () => {
    await using client = openClient({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: 1000,
      maxPending: 100,
      maxPendingBytes: 20_000_000,
    })
    await client.version()
    await proxy.set({ kind: 'throttle', bytesPerSecond: 10_000 })
    const value = Buffer.alloc(1_000_000)

    const startedAt = performance.now()
    const settled: number[] = []
    const large = Array.from({ length: 40 }, async (_, i) => {
      const code = await client.set(`large:${i}`, value).then(
        () => 'stored',
        (error: { code: string }) => error.code,
      )
      settled.push(performance.now() - startedAt)
      return code
    })
    const refused = await Promise.all(large.slice(20))
    expect(new Set(refused)).toEqual(new Set(['ERR_OVERLOADED']))
    expect(Math.max(...settled)).toBeLessThan(SLACK_MS)

    const small = Array.from({ length: 100 }, (_, i) =>
      client.get(`k${i}`).catch((error: { code: string }) => error.code),
    )
    // What was refused is owed a deletion, which counts too.
    expect(
      (await Promise.all(small)).filter((code) => code === 'ERR_OVERLOADED').length,
    ).toBeGreaterThan(0)
    await Promise.all(large)
    // Each has its own time, from the moment it was issued: nobody waits for the others' as well.
    expect(Math.max(...settled)).toBeLessThan(1000 + SLACK_MS)
  })

  it('row 20: does not make a process of 64 MiB grow, nor end', async () => {
    await proxy.set({ kind: 'throttle', bytesPerSecond: 100_000 })
    const printed = await runScript(
      'src/client/index.ts',
      `const client = new entry.MemcachedClient({
        onFailure: 'throw',
        servers: '127.0.0.1:${proxy.port}',
        maxPending: 1000,
        maxPendingBytes: 8_000_000,
      })
      const count = {}
      const note = (what) => { count[what] = (count[what] ?? 0) + 1 }
      const before = process.memoryUsage()
      let peak = 0
      for (let round = 0; round < 100; round++) {
        for (let i = 0; i < 500; i++) {
          client.set('k' + i, 'x'.repeat(10_000) + round).then(() => note('stored'), (e) => note(e.code))
        }
        const { heapUsed, external } = process.memoryUsage()
        peak = Math.max(peak, heapUsed + external)
        await new Promise(setImmediate)
      }
      const grown = peak - before.heapUsed - before.external
      await client.close()
      console.log(JSON.stringify({ count, grown }))`,
      ['--max-old-space-size=64'],
    )
    const { count, grown } = JSON.parse(printed)

    // Half a gigabyte was offered. What is not collected yet counts too.
    expect(grown).toBeLessThan(150_000_000)
    const { ERR_OVERLOADED: overloaded, ...others } = count
    expect(overloaded).toBeGreaterThan(1000)
    const total = Object.values<number>(others).reduce((sum, n) => sum + n, 0)
    expect(overloaded + total).toBe(50_000)
  })

  it('row 20: a slow reader of many large values gets each of them whole', async () => {
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 20_000 })
    const value = Buffer.alloc(500_000, 'abc')
    await Promise.all(Array.from({ length: 20 }, (_, i) => client.set(`k${i}`, value)))
    await proxy.set({ kind: 'throttle', bytesPerSecond: 10_000_000 })

    const reads = Array.from({ length: 40 }, (_, i) => client.get(`k${i % 20}`))
    for (let i = 0; i < 5; i++) {
      const until = performance.now() + 100
      while (performance.now() < until);
      await new Promise(setImmediate)
    }

    for (const item of await Promise.all(reads)) expect(item?.value.equals(value)).toBe(true)
  })
})
