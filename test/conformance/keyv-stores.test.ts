import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import KeyvRedis from '@keyv/redis'
import Keyv from 'keyv'
import { KeyvFile } from 'keyv-file'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { KeyvBackend } from '../../src/backends/keyv.ts'
import { TieredBackend } from '../../src/backends/tiered.ts'
import { systemClock } from '../../src/clock.ts'
import { backendContract, FakeClock } from '../../src/testing/index.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

describe('the backend contract, over Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.kill())
  const open = (): KeyvBackend => new KeyvBackend(new Keyv(new KeyvRedis(server.url)))
  const pass = async (seconds: number): Promise<void> => void (await sleep(seconds * 1000))

  backendContract('KeyvBackend', async () => ({ backend: open(), clock: systemClock, pass }), {
    it: it.concurrent,
  })
  backendContract(
    'TieredBackend that trusts',
    async () => {
      return { backend: new TieredBackend(open(), { trustFor: 60 }), clock: systemClock, pass }
    },
    { it: it.concurrent },
  )
})

describe('the backend contract, over files', () => {
  let folder: string
  let opened = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reprise-keyv-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  backendContract(
    'KeyvBackend',
    async () => {
      const clock = new FakeClock()
      // A file for each entry: one file for all cannot be listed (keyv-file 5.3, Node 20).
      const filename = join(folder, `${opened++}`)
      const store = new KeyvFile({ filename, separatedFile: true })
      const backend = new KeyvBackend(new Keyv({ store }), { clock })
      return { backend, clock, pass: async (seconds) => clock.advance(seconds) }
    },
    { it: it.concurrent },
  )
})
