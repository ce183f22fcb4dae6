import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let one: MemcachedServer
let two: MemcachedServer
let proxy: FaultProxy
let first: string
let second: string

beforeAll(async () => {
  one = await startMemcached()
  two = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: two.port } })
  first = `127.0.0.1:${one.port}`
  second = `127.0.0.1:${proxy.port}`
})
afterAll(async () => {
  await proxy.close()
  await one.kill()
  await two.kill()
})
beforeEach(() => proxy.resetCounts())
afterEach(async () => {
  await proxy.set({ kind: 'pass' })
  await Promise.all([one, two].map(({ port }) => ask(port, 'flush_all\r\n')))
})

/** Keys of the second server, which is behind the proxy. */
function keysOf(client: MemcachedClient, count: number): string[] {
  const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`)
  return keys.filter((key) => client.serverOf(key) === second).slice(0, count)
}

describe('what a server is owed that leaves and comes back', () => {
  it.each([2, 100])('is done before it is read, with room for %i keys', async (maxReplays) => {
    const options = { servers: [first, second], maxReplays, timeoutMs: 100 }
    await using client = openClient(options)
    const keys = keysOf(client, 4)
    for (const key of keys) await client.set(key, 'old')
    await proxy.set({ kind: 'hang' })
    for (const key of keys) await client.set(key, 'new').catch(() => {})
    await client.removeServer(second)
    await proxy.set({ kind: 'pass' })
    client.addServer(second)

    expect(await client.getMany(keys)).toEqual(new Map())
  })

  it('includes a write that was given up before it was sent', async () => {
    await using client = openClient({ servers: [first, second], timeoutMs: 150 })
    const [key = ''] = keysOf(client, 1)
    await client.set(key, 'old')
    // The connection is a proven one: the next may be opened at once.
    await sleep(1100)
    await proxy.set({ kind: 'hang' })
    proxy.cut()
    await sleep(50)
    const set = client.set(key, 'new', { timeoutMs: 50 })
    const left = client.removeServer(second)
    await expect(set).rejects.toMatchObject({ code: 'ERR_TIMEOUT', applied: 'no' })
    await proxy.set({ kind: 'pass' })
    await left
    client.addServer(second)

    expect(await client.get(key)).toBeUndefined()
  })

  it('includes what was too large for its key, where the key lived before', async () => {
    await using both = openClient({ servers: [first, second] })
    const [key = ''] = keysOf(both, 1)
    await using client = openClient({ servers: [first], maxValueBytes: 1000 })
    await client.set(key, 'old')
    client.addServer(second)
    await expect(client.set(key, 'x'.repeat(2000))).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
    })
    await client.removeServer(second)

    expect(await client.get(key)).toBeUndefined()
  })
})

it('does not empty a server for one key that is written too often', async () => {
  await using client = openClient({ servers: second, maxPending: 5, maxReplays: 10 })
  await client.set('other', 'kept')
  await Promise.allSettled(Array.from({ length: 30 }, (_, i) => client.set('hot', `${i}`)))

  expect((await client.get('other'))?.value.toString()).toBe('kept')
  expect(proxy.commands('flush_all')).toBe(0)
})

it('owes a deletion no longer than its time, behind a call that has more', async () => {
  await using client = openClient({ servers: second, timeoutMs: 100, maxValueBytes: 1000 })
  await client.set('k', 'v')
  await proxy.set({ kind: 'hang' })
  const patient = client.get('k', { timeoutMs: 3000 }).catch(() => 'failed')
  const startedAt = performance.now()

  await expect(client.set('large', 'x'.repeat(2000))).rejects.toMatchObject({
    code: 'ERR_VALUE_TOO_LARGE',
  })
  expect(performance.now() - startedAt).toBeLessThan(2000)
  expect(await patient).toBe('failed')
})

it('ends a batch that is repeated, however many wait', async () => {
  await using client = openClient({ servers: second, maxPending: 10 })
  await client.get('warm')
  await sleep(1100)
  proxy.cut('fin')
  const missing = Array.from({ length: 10 }, (_, i) => `missing:${i}`)

  expect(await client.getMany(missing)).toEqual(new Map())
})

it('refuses a batch at once while its server is probed', async () => {
  await using client = openClient({ servers: second })
  await client.set('k', 'v')
  await proxy.set({ kind: 'hang' })
  await client.get('k').catch(() => {})
  // Until a probe runs: it is what holds up the batch that starts it, and no other.
  const slow: number[] = []
  const calls: Promise<unknown>[] = []
  for (let i = 0; i < 200; i++) {
    const startedAt = performance.now()
    const call = client.getMany(['k', 'l']).catch(() => {})
    calls.push(call.then(() => performance.now() - startedAt > 300 && slow.push(i)))
    await sleep(10)
  }
  await Promise.all(calls)

  expect(slow.length).toBeLessThan(20)
})

it('says of a command without a key that it may have been run, once it was sent', async () => {
  await using client = openClient({ servers: second })
  await client.version()
  await proxy.set({ kind: 'hang' })
  const [answer] = await client.flushAll({ timeoutMs: 50 })

  expect(answer?.error).toMatchObject({ code: 'ERR_TIMEOUT', applied: 'unknown' })
})
