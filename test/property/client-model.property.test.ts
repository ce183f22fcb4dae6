import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MemcachedClient } from '../../src/client/index.ts'
import type { Seconds } from '../../src/units.ts'
import { openClient } from '../support/client.ts'
import { ItemModel } from '../support/item-model.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { calls, KEYS } from '../support/model-calls.ts'

// The server's own clock ticks in whole seconds, and a run takes less than so many of them.
const SLACK: Seconds = 10

let server: MemcachedServer
let client: MemcachedClient

beforeAll(async () => {
  // The background thread may hold an item while it counts: then a shorter number is not padded.
  server = await startMemcached(['-o', 'no_lru_maintainer,no_lru_crawler'])
  client = openClient({ servers: `127.0.0.1:${server.port}`, timeoutMs: 20_000 })
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

it('does what a map with lifetimes and versions does, call by call', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(calls, { maxCommands: 60, size: 'max' }), async (commands) => {
      await client.flushAll()
      const model = new ItemModel()
      await fc.asyncModelRun(() => ({ model, real: { client, tokens: new Map() } }), commands)

      for (const k of KEYS) {
        const hit = await client.metaGet(k, { ttl: true })
        const left = model.ttl(k)
        if (hit.kind === 'miss' || left === undefined) {
          expect(hit.kind, k).toBe(left === undefined ? 'miss' : 'hit')
          continue
        }
        // Above 30 days the client sends a point in time, by its own clock and rounded up.
        expect(hit.ttl).toBeLessThanOrEqual(left + 2)
        expect(hit.ttl).toBeGreaterThanOrEqual(left - SLACK)
      }
    }),
    { numRuns: 500 },
  )
})
