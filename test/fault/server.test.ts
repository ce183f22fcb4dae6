import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import {
  expectHonest,
  expectNoStorm,
  expectRecovered,
  SLACK_MS,
  TIMEOUT_MS,
} from '../support/invariants.ts'
import { Load } from '../support/load.ts'
import { freePort, startMemcached } from '../support/memcached.ts'

const FAULT_MS = 1500

describe('a server that is killed and started again', () => {
  it.concurrent.each([1, 3])(
    'row 1: fails at once meanwhile, and is in use again within a second; row 9: empty, as 1 of %i',
    async (size) => {
      const port = await freePort()
      const first = await startMemcached([], { port })
      const others = await Promise.all(Array.from({ length: size - 1 }, () => startMemcached()))
      const servers = [port, ...others.map((other) => other.port)].map((p) => `127.0.0.1:${p}`)
      await using load = await Load.start({ servers, timeoutMs: TIMEOUT_MS })

      await first.kill()
      await sleep(FAULT_MS)
      const during = load.take()
      load.emptied()
      await using _second = await startMemcached([], { port })
      await expectRecovered(load, `127.0.0.1:${port}`)
      await sleep(200)
      const after = load.take()

      expectHonest(during)
      expect(Array.from(during.failures.keys())).toEqual(['ERR_CONNECTION'])
      expect(during.servers).toEqual(new Set([`127.0.0.1:${port}`]))
      // Fails at once once it is known to be down: hundreds of calls, not a few timeouts.
      expect(during.failures.get('ERR_CONNECTION')).toBeGreaterThan(100)
      expect(during.told).toBeGreaterThan(0)
      expectNoStorm(during, FAULT_MS)
      // Misses, and no burst of errors.
      expectHonest(after)
      expect(after.missed).toBeGreaterThan(0)
      await Promise.all(others.map((other) => other.kill()))
    },
  )

  it.concurrent('row 2: behind a load balancer, without a storm of connects', async () => {
    const port = await freePort()
    const first = await startMemcached([], { port })
    await using proxy = await FaultProxy.start({ target: { port } })
    const server = `127.0.0.1:${proxy.port}`
    await using load = await Load.start({ servers: [server], timeoutMs: TIMEOUT_MS })

    await first.kill()
    await sleep(FAULT_MS)
    const during = load.take()
    load.emptied()
    await using _second = await startMemcached([], { port })
    await expectRecovered(load, server)

    expectHonest(during)
    expectHonest(load.take())
    expectNoStorm(during, FAULT_MS)
  })
})

describe('a server that stands still', () => {
  it.concurrent.each([1, 3])(
    'row 3: times out, and goes on afterwards, as 1 of %i',
    async (size) => {
      const all = await Promise.all(Array.from({ length: size }, () => startMemcached()))
      const servers = all.map(({ port }) => `127.0.0.1:${port}`)
      await using load = await Load.start({ servers, timeoutMs: TIMEOUT_MS })

      all[0]?.pause()
      await sleep(FAULT_MS)
      const during = load.take()
      all[0]?.resume()
      await expectRecovered(load, servers[0] ?? '')

      expectHonest(during)
      expectHonest(load.take())
      expect(during.failures.get('ERR_TIMEOUT')).toBeGreaterThan(0)
      expect(during.servers).toEqual(new Set(servers.slice(0, 1)))
      expectNoStorm(during, FAULT_MS)
      await load[Symbol.asyncDispose]()
      await Promise.all(all.map((each) => each.kill()))
    },
  )

  it.concurrent('row 3: times out while the kernel answers no connect', async () => {
    await using server = await startMemcached(['-b', '1'])
    server.pause()
    // They fill the backlog: who comes next gets no answer to its SYN.
    const crowd = Array.from({ length: 2 }, () => connect(server.port, '127.0.0.1'))
    for (const socket of crowd) socket.on('error', () => {})
    await sleep(50)
    const startedAt = performance.now()
    await using client = openClient({
      servers: `127.0.0.1:${server.port}`,
      connectTimeoutMs: 200,
      timeoutMs: 5000,
    })

    await expect(client.get('k')).rejects.toMatchObject({ code: 'ERR_CONNECTION', applied: 'no' })

    expect(performance.now() - startedAt).toBeLessThan(200 + SLACK_MS)
    for (const socket of crowd) socket.destroy()
  })
})

describe('a server that is full', () => {
  it.concurrent('row 11: refuses to store, and keeps neither the old value nor the caller waiting', async () => {
    await using server = await startMemcached(['-m', '2', '-M'])
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 10_000 })
    const value = Buffer.alloc(100_000)
    await client.set('k', 'old')

    const results = await Promise.allSettled(
      Array.from({ length: 400 }, (_, i) => client.set(i === 399 ? 'k' : `k${i}`, value)),
    )

    const failed = results.filter((result) => result.status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    for (const { reason } of failed) {
      expect(reason).toMatchObject({ code: 'ERR_SERVER', applied: 'no' })
      expect(reason.message).toContain('out of memory')
    }
    expect(results[399]?.status).toBe('rejected')
    expect(await client.get('k')).toBeUndefined()
    await client.set('small', 'v')
    expect((await client.get('small'))?.value.toString()).toBe('v')
    expect(proxy.counts.connections).toBe(1)
  })

  it.concurrent('row 12: finds a value too large, drops the old one and goes on', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using client = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 10_000 })
    await client.set('k', 'old')
    await client.set('other', 'v')

    await expect(client.set('k', Buffer.alloc(1_048_576))).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
      server: `127.0.0.1:${proxy.port}`,
    })
    expect(await client.get('k')).toBeUndefined()
    // This server keeps the old value of a refused `replace`: the client deletes it.
    await expect(client.replace('other', Buffer.alloc(1_048_576))).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
    })
    expect(await client.get('other')).toBeUndefined()
    expect(proxy.counts.connections).toBe(1)
  })

  it.concurrent('row 12: is not sent what is over `maxValueBytes`, and the old value goes', async () => {
    await using server = await startMemcached()
    await using client = openClient({ servers: `127.0.0.1:${server.port}`, maxValueBytes: 10 })
    await client.set('k', 'old')
    const error = await client.set('k', '12345678901').catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'ERR_VALUE_TOO_LARGE', applied: 'no' })
    expect(await client.get('k')).toBeUndefined()
    await client.set('k', 'old')
    await expect(client.add('k', '12345678901')).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
    })
    expect((await client.get('k'))?.value.toString()).toBe('old')
  })

  it.concurrent('row 13: refuses connections beyond its limit, which is a failure to connect', async () => {
    // Of 32 descriptors memcached 1.6.18 keeps most for itself.
    await using server = await startMemcached(['-c', '32', '-o', 'maxconns_fast'])
    const servers = `127.0.0.1:${server.port}`
    const crowd = Array.from({ length: 12 }, () => openClient({ servers }))
    const answers = []
    for (const client of crowd) answers.push((await client.version())[0])
    await Promise.all(crowd.map((client) => client.close()))

    expect(answers[0]?.value).toMatch(/^1\.\d+\.\d+/)
    const refused = answers.filter((answer) => answer?.error !== undefined)
    expect(refused.length).toBeGreaterThanOrEqual(2)
    for (const answer of refused) {
      expect(answer?.error).toMatchObject({ code: 'ERR_CONNECTION', applied: 'no' })
    }
  })
})

it.concurrent('row 14: an idle connection that the server closes is opened again, and no caller notices', async () => {
  await using server = await startMemcached(['-o', 'idle_timeout=1'])
  await using proxy = await FaultProxy.start({ target: { port: server.port } })
  await using client = openClient({ servers: `127.0.0.1:${proxy.port}` })
  await client.set('k', 'v')
  while (proxy.open > 0) await sleep(50)

  expect((await client.get('k'))?.value.toString()).toBe('v')
  expect(proxy.counts.connections).toBe(2)
})
