import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { MemcachedBackend, MemoryBackend } from '../../src/index.ts'
import { backendContract, FakeClock } from '../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

describe('the backend contract', () => {
  backendContract(
    'MemoryBackend',
    async () => {
      const clock = new FakeClock()
      const backend = new MemoryBackend({ clock })
      return { backend, clock, pass: async (seconds) => clock.advance(seconds) }
    },
    { it },
  )
})

describe('the backend contract', () => {
  let server: MemcachedServer
  beforeAll(async () => {
    server = await startMemcached()
  })
  afterAll(() => server.kill())

  // All at once: the time that passes here is real.
  backendContract(
    'MemcachedBackend',
    async () => ({
      backend: new MemcachedBackend(`127.0.0.1:${server.port}`),
      clock: systemClock,
      pass: async (seconds) => void (await sleep(seconds * 1000)),
    }),
    { it: it.concurrent },
  )
})
