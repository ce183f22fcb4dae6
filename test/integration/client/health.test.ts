import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { eventually } from '../../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { publishedStates } from '../../support/published.ts'

let server: MemcachedServer
let proxy: FaultProxy
let servers: string

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  servers = `127.0.0.1:${proxy.port}`
})

afterEach(async () => {
  await proxy.close()
  await server.kill()
})

/** The messages of those that were refused by the end of this turn of the event loop. */
async function refusals(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const messages: string[] = []
  for (const call of calls) call.catch((error: Error) => messages.push(error.message))
  await new Promise(setImmediate)
  return messages
}

const reads = (client: MemcachedClient, count: number): Promise<unknown>[] =>
  Array.from({ length: count }, (_, i) => client.get(`k${i}`))

it.each([1, 4])(
  'lets one tick of commands probe a server, over %i connections',
  async (connections) => {
    await using client = openClient({
      servers,
      connections,
      timeoutMs: 5000,
      connectTimeoutMs: 5000,
    })
    await proxy.set({ kind: 'refuse' })
    await refusals(reads(client, 20))
    await eventually(() => refusals(reads(client, 20)).then(({ length }) => length === 20))
    await proxy.set({ kind: 'hang' })
    proxy.resetCounts()

    let probing: Promise<unknown>[] = []
    let refused: string[] = []
    await eventually(async () => {
      probing = reads(client, 20)
      refused = await refusals(probing)
      return refused.length < 20
    })
    // Those of the same tick on the connection that probes wait for it.
    const waiting = 20 - refused.length
    if (connections === 1) expect(waiting).toBe(20)
    expect(waiting).toBeGreaterThan(0)
    for (let i = 0; i < 5; i++) expect((await refusals(reads(client, 20))).length).toBe(20)
    expect(proxy.counts.connections).toBe(1)

    await proxy.set({ kind: 'pass' })
    const outcomes = await Promise.allSettled(probing)
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(waiting)
    expect(proxy.commands('mg')).toBe(waiting)
    await Promise.all(reads(client, 20))
  },
)

it.each([1, 4])('connects 5 times a second at most, over %i connections', async (connections) => {
  await using client = openClient({ servers, connections, timeoutMs: 200 })
  using states = publishedStates()
  await Promise.allSettled(reads(client, 20))
  let running = true
  const asking = (async () => {
    while (running) {
      await Promise.allSettled(reads(client, 20))
      await sleep(2)
    }
  })()

  const perSecond: number[] = []
  for (const fault of ['refuse', 'accept-close', 'accept-close'] as const) {
    await proxy.set({ kind: fault })
    const before = proxy.counts.connections
    await sleep(1000)
    perSecond.push(proxy.counts.connections - before)
  }
  // Up for a tenth of a second, then cut off.
  await proxy.set({ kind: 'pass' })
  const before = proxy.counts.connections
  for (let i = 0; i < 20; i++) {
    await sleep(100)
    proxy.cut('rst')
  }
  const flapping = proxy.counts.connections - before
  running = false
  await asking

  // A connection that has lasted is replaced at once, and each of them may have.
  const extra = connections
  for (const count of perSecond) expect(count).toBeLessThanOrEqual(5 + extra)
  expect(perSecond[2]).toBeGreaterThan(0)
  expect(flapping).toBeGreaterThan(0)
  // Those that were opened behind the probe count as well.
  expect(flapping).toBeLessThanOrEqual(2 * 5 * connections)
  expect(states.messages.length).toBeLessThan(3 * 5 * 5)
})
