import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { expectHonest, SLACK_MS, TIMEOUT_MS } from '../support/invariants.ts'
import { startMemcached } from '../support/memcached.ts'
import { openScene } from '../support/scene.ts'

const CLIENTS = 50
const SAMPLE_MS = 50

it('row 18: 50 clients of a server that goes up and down do not storm it, and do not come together', async () => {
  await using server = await startMemcached()
  await using proxy = await FaultProxy.start({ target: { port: server.port } })
  const servers = `127.0.0.1:${proxy.port}`
  const clients = Array.from({ length: CLIENTS }, () =>
    openClient({ servers, timeoutMs: TIMEOUT_MS }),
  )
  let running = true
  const strange: unknown[] = []
  const loops = clients.map(async (client, i) => {
    while (running) {
      const item = await client.get(`k${i}`).catch((error: { code: string }) => error.code)
      if (item !== undefined && item !== 'ERR_CONNECTION' && item !== 'ERR_TIMEOUT') {
        strange.push(item)
      }
      await sleep(20)
    }
  })
  while (proxy.open < CLIENTS) await sleep(5)
  // Longer than that, a connection's end is news, and its client comes back at once.
  await sleep(100)

  const perSample: number[] = []
  let before = proxy.counts.connections
  const startedAt = performance.now()
  for (let i = 0; i < 15; i++) {
    await proxy.set({ kind: i % 2 === 0 ? 'accept-close' : 'pass' })
    for (const _ of [1, 2]) {
      await sleep(SAMPLE_MS)
      perSample.push(proxy.counts.connections - before)
      before = proxy.counts.connections
    }
  }
  const seconds = (performance.now() - startedAt) / 1000
  const total = perSample.reduce((sum, count) => sum + count, 0)
  await proxy.set({ kind: 'pass' })
  const healedAt = performance.now()
  for (const client of clients) while (!(await isUp(client))) await sleep(5)
  const recoveryMs = performance.now() - healedAt
  running = false
  await Promise.all(loops)
  await Promise.all(clients.map((client) => client.close()))

  expect(strange).toEqual([])
  expect(total).toBeGreaterThan(CLIENTS)
  expect(total).toBeLessThanOrEqual(CLIENTS * (2 + 5 * seconds))
  // Without jitter all would come in one of these samples. (They are longer on a busy machine.)
  expect(Math.max(...perSample.slice(4))).toBeLessThan(CLIENTS * 0.9)
  expect(recoveryMs).toBeLessThan(1000 + SLACK_MS)
})

it('row 18: each client comes back no more than 5 times a second, and reads nothing wrong', async () => {
  await using scene = await openScene(3, TIMEOUT_MS)
  const { load, proxy, faulty } = scene

  for (let i = 0; i < 10; i++) {
    await proxy.set({ kind: 'accept-close' })
    await sleep(100)
    await proxy.set({ kind: 'pass' })
    await sleep(100)
  }

  expect(proxy.counts.connections).toBeLessThanOrEqual(2 * (2 + 5 * 2))
  const seen = load.take()
  expectHonest(seen)
  expect(seen.servers).toEqual(new Set([faulty]))
})

async function isUp(client: ReturnType<typeof openClient>): Promise<boolean> {
  return client.get('k').then(
    () => true,
    () => false,
  )
}
