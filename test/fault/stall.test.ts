import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerMessage } from '../../src/channels.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

const TIMEOUT_MS = 150

let server: MemcachedServer
let states: string[]
const listen = (message: unknown) => {
  states.push((message as ServerMessage).state)
}

beforeEach(async () => {
  server = await startMemcached()
  states = []
  subscribe('reprise:server', listen)
})

afterEach(async () => {
  unsubscribe('reprise:server', listen)
  await server.kill()
})

describe.each([200, 700, 2000])('a stall of this process for %i ms', (ms) => {
  it('row 19: fails nothing that was answered, and does not call the server down', async () => {
    await using client = openClient({
      servers: `127.0.0.1:${server.port}`,
      timeoutMs: TIMEOUT_MS,
      connectTimeoutMs: TIMEOUT_MS,
    })
    await client.set('k', 'v'.repeat(100_000))

    for (const stalls of [0, 1, 2]) {
      const reads = Array.from({ length: 50 }, () => client.get('k'))
      // The commands are written at the end of this tick: the answers come during the stall.
      for (let i = 0; i < stalls; i++) await new Promise((resolve) => process.nextTick(resolve))
      stall(ms)
      const items = await Promise.all(reads)
      expect(items.every((item) => item?.value.length === 100_000)).toBe(true)
    }

    expect(states).toEqual(['up'])
  })
})

function stall(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
