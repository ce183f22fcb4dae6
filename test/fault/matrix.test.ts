import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../src/client/index.ts'
import { type Fault, FaultProxy } from '../../src/testing/index.ts'
import { Load, type Sightings } from '../support/load.ts'
import { freePort, startMemcached } from '../support/memcached.ts'

const TIMEOUT_MS = 300
const FAULT_MS = 1500

// Own timers and promises run late where two cores are busy with other tests.
const SLACK_MS = 700

describe('while the network is at fault, a client never returns a wrong value, and recovers', () => {
  const faults: [string, Fault][] = [
    ['a hang', { kind: 'hang' }],
    ['answers that come after the timeout', { kind: 'latency', ms: 800 }],
    ['refused connections', { kind: 'refuse' }],
    ['a load balancer without a server', { kind: 'accept-close' }],
    ['one half reply, then a reset', { kind: 'half-reply', by: 'rst', times: 1 }],
    ['half replies, then resets', { kind: 'half-reply', by: 'rst' }],
    ['half replies, then orderly ends', { kind: 'half-reply', by: 'fin' }],
    ['a reset after 20 replies', { kind: 'cut-after', replies: 20, by: 'rst' }],
    ['an orderly end after 20 replies', { kind: 'cut-after', replies: 20, by: 'fin' }],
    ['garbage', { kind: 'garbage' }],
    ['one piece of garbage', { kind: 'garbage', times: 1 }],
    ['HTTP', { kind: 'garbage', bytes: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n' }],
    ["somebody else's reply", { kind: 'garbage', bytes: 'VA 9 O1 kkey:1 f0\r\nv:another\r\n' }],
    ['one reply twice', { kind: 'duplicate', times: 1 }],
    ['replies twice', { kind: 'duplicate' }],
    ['two replies swapped', { kind: 'swap', times: 2 }],
    ['replies swapped', { kind: 'swap' }],
  ]

  it.each(faults)('%s', async (_, fault) => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port }, seed: 7 })
    await using load = await Load.start({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: TIMEOUT_MS,
    })
    await load.good()
    load.take()
    proxy.resetCounts()

    await proxy.set(fault)
    await sleep(FAULT_MS)
    const during = load.take()
    const connections = proxy.counts.connections
    await proxy.set({ kind: 'pass' })
    const healed = performance.now()
    await load.good()
    const recoveryMs = performance.now() - healed
    const after = load.take()

    expectHonest(during)
    expectHonest(after)
    expect(during.failures.size).toBeGreaterThan(0)
    expect(connections).toBeLessThanOrEqual(2 + 5 * (FAULT_MS / 1000))
    expect(proxy.open).toBeLessThanOrEqual(2)
    expect(recoveryMs).toBeLessThan(1000 + TIMEOUT_MS + SLACK_MS)
  })

  it.each([
    ['1 byte', 1],
    ['7 bytes', 7],
    ['1 to 9 bytes', 'random' as const],
  ])('replies in packets of %s, without a failure', async (_, bytes) => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port }, seed: 7 })
    await using load = await Load.start({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 10_000 })

    await proxy.set({ kind: 'slice', bytes })
    load.take()
    await sleep(FAULT_MS)
    const during = load.take()

    expectHonest(during, 10_000)
    expect(during.failures).toEqual(new Map())
    expect(during.good).toBeGreaterThan(10)
    expect(proxy.counts.connections).toBe(1)
    await proxy.set({ kind: 'pass' })
  })
})

describe('while a server is at fault, a client never returns a wrong value, and recovers', () => {
  it('killed and started again on its port', async () => {
    const port = await freePort()
    const first = await startMemcached([], { port })
    await using load = await Load.start({ servers: `127.0.0.1:${port}`, timeoutMs: TIMEOUT_MS })
    await load.good()
    load.take()

    await first.kill()
    await sleep(FAULT_MS)
    const during = load.take()
    await using _second = await startMemcached([], { port })
    const healed = performance.now()
    while (load.take().missed === 0) await sleep(1)
    const recoveryMs = performance.now() - healed

    expectHonest(during)
    expect(Array.from(during.failures.keys())).toEqual(['ERR_CONNECTION'])
    // Fails at once once it is known to be down: hundreds of calls, not three timeouts.
    expect(during.failures.get('ERR_CONNECTION')).toBeGreaterThan(200)
    expect(recoveryMs).toBeLessThan(1000 + SLACK_MS)
  })

  it('killed and started again behind a load balancer', async () => {
    const port = await freePort()
    const first = await startMemcached([], { port })
    await using proxy = await FaultProxy.start({ target: { port } })
    await using load = await Load.start({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: TIMEOUT_MS,
    })
    await load.good()
    load.take()
    proxy.resetCounts()

    await first.kill()
    await sleep(FAULT_MS)
    const during = load.take()
    const connections = proxy.counts.connections
    await using _second = await startMemcached([], { port })
    const healed = performance.now()
    while (load.take().missed === 0) await sleep(1)

    expectHonest(during)
    expect(connections).toBeLessThanOrEqual(2 + 5 * (FAULT_MS / 1000))
    expect(performance.now() - healed).toBeLessThan(1000 + SLACK_MS)
  })

  it('stopped where it stands, and going on', async () => {
    await using server = await startMemcached()
    await using load = await Load.start({
      servers: `127.0.0.1:${server.port}`,
      timeoutMs: TIMEOUT_MS,
    })
    await load.good()
    load.take()

    server.pause()
    await sleep(FAULT_MS)
    const during = load.take()
    server.resume()
    const healed = performance.now()
    await load.good()

    expectHonest(during)
    expectHonest(load.take())
    expect(during.failures.get('ERR_TIMEOUT')).toBeGreaterThan(0)
    expect(performance.now() - healed).toBeLessThan(1000 + TIMEOUT_MS + SLACK_MS)
  })

  it('up and down every 100 ms, without a storm of connects', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using load = await Load.start({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: TIMEOUT_MS,
    })
    proxy.resetCounts()

    for (let i = 0; i < 10; i++) {
      await proxy.set({ kind: 'accept-close' })
      proxy.cut('rst')
      await sleep(100)
      await proxy.set({ kind: 'pass' })
      await sleep(100)
    }

    expect(proxy.counts.connections).toBeLessThanOrEqual(2 + 5 * 2)
    expectHonest(load.take())
  })

  it('refusing connections beyond its limit, which is a failure to connect', async () => {
    // Of 32 descriptors memcached 1.6.18 keeps most for itself.
    await using server = await startMemcached(['-c', '32', '-o', 'maxconns_fast'])
    const crowd = Array.from({ length: 12 }, () => new MemcachedClient(`127.0.0.1:${server.port}`))
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

  it('closing idle connections, which no caller notices', async () => {
    await using server = await startMemcached(['-o', 'idle_timeout=1'])
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using client = new MemcachedClient(`127.0.0.1:${proxy.port}`)
    await client.set('k', 'v')
    while (proxy.open > 0) await sleep(50)

    expect((await client.get('k'))?.value.toString()).toBe('v')
    expect(proxy.counts.connections).toBe(2)
  })
})

/** I1, I2 and I3 of every fault. */
function expectHonest(seen: Sightings, timeoutMs: number = TIMEOUT_MS): void {
  expect(seen.wrong).toEqual([])
  expect(seen.strange).toEqual([])
  expect(seen.missed).toBe(0)
  expect(seen.slowestMs).toBeLessThan(timeoutMs + SLACK_MS)
}
