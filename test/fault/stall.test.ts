import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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

    const writes = vi.spyOn(Socket.prototype, 'write')
    for (const turns of [1, 0]) {
      writes.mockClear()
      const reads = Array.from({ length: 50 }, () => client.get('k'))
      // After a turn of the event loop the commands are written: the answers come during the stall.
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
      expect(writes).toHaveBeenCalledTimes(turns)
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
