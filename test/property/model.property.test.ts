import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MemcachedClient } from '../../src/client/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

const KEYS = ['a', 'b c', 'é', 'x'.repeat(300)]

let server: MemcachedServer
let proxy: FaultProxy
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port }, seed: 11 })
  client = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 20_000 })
})

afterAll(async () => {
  await client.close()
  await proxy.close()
  await server.kill()
})

type Step =
  | { readonly kind: 'get' | 'delete' | 'incr' | 'decr'; readonly key: string }
  | { readonly kind: 'set' | 'add' | 'replace'; readonly key: string; readonly value: string }

const key = fc.constantFrom(...KEYS)
const value = fc.oneof(fc.nat(1000).map(String), fc.constantFrom('', 'text', '\r\nEN\r\n'))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('get', 'delete', 'incr', 'decr'), key }),
  fc.record({ kind: fc.constantFrom('set', 'add', 'replace'), key, value }),
)

it.each([
  ['pipelined in one tick', { kind: 'pass' }],
  ['with replies in random pieces', { kind: 'slice', bytes: 'random' }],
] as const)('answers like a map that executes one step after another, %s', async (_, fault) => {
  await proxy.set(fault)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      await client.flushAll()
      const model = new Map<string, string>()

      const answers = await Promise.all(steps.map(run))

      expect(answers).toEqual(steps.map((each) => expected(model, each)))
    }),
    { numRuns: 60 },
  )
})

async function run(each: Step): Promise<unknown> {
  switch (each.kind) {
    case 'get':
      return (await client.get(each.key))?.value.toString()
    case 'delete':
      return client.delete(each.key)
    case 'incr':
    case 'decr':
      return client[each.kind](each.key, 7).catch((error: { code: string }) => error.code)
    default:
      return client[each.kind](each.key, each.value)
  }
}

function expected(model: Map<string, string>, each: Step): unknown {
  const current = model.get(each.key)
  switch (each.kind) {
    case 'get':
      return current
    case 'delete':
      return model.delete(each.key)
    case 'incr':
    case 'decr':
      return count(model, each.key, each.kind)
    case 'add':
      if (current !== undefined) return false
      break
    case 'replace':
      if (current === undefined) return false
      break
    case 'set':
      break
  }
  model.set(each.key, each.value)
  return true
}

function count(model: Map<string, string>, name: string, kind: 'incr' | 'decr'): unknown {
  const current = model.get(name)
  if (current === undefined) return undefined
  if (!/^\d+ *$/.test(current)) return 'ERR_NOT_A_NUMBER'
  const next = Math.max(0, Number(current) + (kind === 'incr' ? 7 : -7))
  // The server keeps the length of a number that gets shorter, and pads it with spaces.
  model.set(name, String(next).padEnd(current.length))
  return BigInt(next)
}
