import { afterEach, beforeEach, expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { TIMEOUT_MS } from '../support/invariants.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'

let servers: MemcachedServer[]
let proxies: FaultProxy[]
let names: string[]

beforeEach(async () => {
  servers = await Promise.all([1, 2, 3].map(() => startMemcached()))
  proxies = await Promise.all(servers.map(({ port }) => FaultProxy.start({ target: { port } })))
  names = proxies.map(({ port }) => `127.0.0.1:${port}`)
})

afterEach(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await Promise.all(servers.map((server) => server.kill()))
})

const keys = Array.from({ length: 90 }, (_, i) => `key${i}`)

it('row 10: costs the share of that server alone, and what it missed does not surface', async () => {
  await using client = openClient({ servers: names, timeoutMs: TIMEOUT_MS })
  await Promise.all(keys.map((key) => client.set(key, 'old')))
  const [lost] = names
  const share = keys.filter((key) => client.serverOf(key) === lost)
  expect(share.length).toBeGreaterThan(10)

  await proxies[0]?.set({ kind: 'hang' })
  const writes = await Promise.allSettled(keys.map((key) => client.set(key, 'new')))
  const reads = await Promise.allSettled(keys.map((key) => client.get(key)))

  for (const results of [writes, reads]) {
    const failed = keys.filter((_, i) => results[i]?.status === 'rejected')
    expect(failed).toEqual(share)
  }
  // Nobody else was given its keys: only the two others' own are there.
  for (const server of servers.slice(1)) {
    for (const key of share) expect(await ask(server.port, `mg ${key} v\r\n`)).toBe('EN\r\n')
  }

  await proxies[0]?.set({ kind: 'pass' })
  const seen: unknown[] = []
  await eventually(async () => {
    const item = await client.get(share[0] ?? '').catch((error: unknown) => error)
    seen.push(item)
    return item === undefined
  })
  expect(seen.filter((item) => !(item instanceof Error) && item !== undefined)).toEqual([])
  const found = await client.getMany(keys)
  expect(keys.filter((key) => !found.has(key))).toEqual(share)
  for (const item of found.values()) expect(item.value.toString()).toBe('new')
})

it('row 10: what was computed after a failed read is not written back to that server', async () => {
  await using caches = createCaches({
    default: { backend: 'memcached', location: names, options: { timeoutMs: TIMEOUT_MS } },
  })
  await using client = openClient({ servers: names })
  const [lost] = names
  const key = keys.find((candidate) => client.serverOf(`:1:${candidate}`) === lost) ?? ''
  await caches.default.get(key)
  await proxies[0]?.set({ kind: 'hang' })
  const value = await caches.default.getOrSet(key, async () => {
    await proxies[0]?.set({ kind: 'pass' })
    return 'computed'
  })

  expect(value).toBe('computed')
  await eventually(async () => (await caches.default.lookup('other')).state !== 'unavailable')
  expect(await caches.default.get(key)).toBeUndefined()
  // The read may have come late and left the mark of its lease, which holds no value.
  expect(await ask(servers[0]?.port ?? 0, `mg :1:${key} v\r\n`)).not.toContain('computed')
})
