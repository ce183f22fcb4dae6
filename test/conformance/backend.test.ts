import { setTimeout as sleep } from 'node:timers/promises'
import Keyv from 'keyv'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { KeyvBackend } from '../../src/backends/keyv.ts'
import { MemcachedBackend } from '../../src/backends/memcached.ts'
import { MemoryBackend } from '../../src/backends/memory.ts'
import { TieredBackend } from '../../src/backends/tiered.ts'
import type { Backend } from '../../src/cache/backend.ts'
import { systemClock } from '../../src/clock.ts'
import { backendContract, FakeClock, type UnderTest } from '../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

describe('the backend contract', () => {
  const openMemory = async (share: boolean): Promise<UnderTest> => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ clock, share })
    return { backend, clock, pass: async (seconds) => clock.advance(seconds) }
  }
  backendContract('MemoryBackend', () => openMemory(false), { it })
  backendContract('MemoryBackend that shares', () => openMemory(true), { it })
})

describe('the backend contract', () => {
  backendContract(
    'KeyvBackend',
    async () => {
      const clock = new FakeClock()
      const backend = new KeyvBackend(new Keyv(), { clock })
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
  const run = (name: string, open: (far: MemcachedBackend) => Backend): void => {
    backendContract(
      name,
      async () => ({
        backend: open(new MemcachedBackend(`127.0.0.1:${server.port}`)),
        clock: systemClock,
        pass: async (seconds) => void (await sleep(seconds * 1000)),
      }),
      { it: it.concurrent },
    )
  }
  run('MemcachedBackend', (far) => far)
  run('TieredBackend', (far) => new TieredBackend(far, { minBytes: 1 }))
  run('TieredBackend that shares', (far) => new TieredBackend(far, { minBytes: 1, share: true }))
  // One process alone sees what it changed at once, so it notices no difference.
  run('TieredBackend that trusts', (far) => new TieredBackend(far, { trustFor: 60 }))
})
