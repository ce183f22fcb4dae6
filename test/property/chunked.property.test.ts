import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatManifest, parseManifest } from '../../src/client/chunks/manifest.ts'
import type { MemcachedClient } from '../../src/client/index.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

// 2048 less 320: what is whole, and a chunk of what is not.
const CHUNK = 1728
const KEYS = ['a', 'b c', 'x'.repeat(300)]

let server: MemcachedServer
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached(['-m', '512'])
  client = openClient({
    servers: `127.0.0.1:${server.port}`,
    chunked: true,
    maxValueBytes: 2048,
    maxPendingBytes: 8192,
    timeoutMs: 10_000,
  })
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

const size = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 1, 2, 3, 10), fc.constantFrom(-1, 0, 1))
    .map(([chunks, more]) => Math.max(0, chunks * CHUNK + more)),
  fc.constantFrom(0, 1, 2047, 2048, 2049),
  fc.integer({ min: 0, max: 40_000 }),
)
const value = fc.tuple(size, fc.nat(255)).map(([length, byte]) => bytesOf(length, byte))
const flags = fc.constantFrom(0, 1, 0xffff_ffff)
const key = fc.constantFrom(...KEYS)

type Step =
  | {
      readonly name: 'set' | 'add' | 'replace' | 'cas'
      readonly value: Buffer
      readonly flags: number
    }
  | { readonly name: 'delete' | 'touch' | 'get' | 'gat' | 'gets' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ name: fc.constantFrom('set', 'add', 'replace', 'cas'), value, flags }),
  fc.record({ name: fc.constantFrom('delete', 'touch', 'get', 'gat', 'gets') }),
)

it('does with values of any size what it does with small ones', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(key, step), { minLength: 1, maxLength: 30 }),
      async (steps) => {
        await client.flushAll()
        const model = new Map<string, { value: Buffer; flags: number }>()
        for (const [at, each] of steps) {
          expect(await done(at, each)).toEqual(predicted(model, at, each))
          const now = await client.getMany(KEYS)
          expect(now).toEqual(model)
        }
      },
    ),
    { numRuns: 60 },
  )
})

it('stores many of any size at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 12 }), async (values) => {
      const entries = new Map(values.map((each, i) => [`k${i}`, each]))
      expect(await client.setMany(entries)).toEqual([])

      const items = await client.getMany(entries.keys())
      expect(items.size).toBe(values.length)
      for (const [at, each] of entries) expect(items.get(at)?.value.equals(each)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

it('takes no other bytes for a manifest', () => {
  const manifest = fc.record({
    nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
    size: fc.nat(0xffff_ffff),
    chunkBytes: fc.nat(0xffff_ffff),
    flags: fc.nat(0xffff_ffff),
    checksum: fc.nat(0xffff_ffff),
  })
  fc.assert(
    fc.property(manifest, fc.nat(43), fc.integer({ min: 1, max: 255 }), (good, at, change) => {
      const bytes = formatManifest(good)
      expect(parseManifest(bytes)).toEqual(good)

      bytes.writeUInt8(bytes.readUInt8(at) ^ change, at)
      expect(parseManifest(bytes)).toBeUndefined()
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(parseManifest(Buffer.from(bytes))).toBeUndefined()
    }),
  )
})

async function done(at: string, each: Step): Promise<unknown> {
  switch (each.name) {
    case 'set':
    case 'add':
    case 'replace':
      return client[each.name](at, each.value, { flags: each.flags, ttl: 60 })
    case 'cas': {
      const item = await client.gets(at)
      if (item === undefined) return 'missing'
      return client.cas(at, each.value, item.cas, { flags: each.flags, ttl: 60 })
    }
    case 'touch':
      return client.touch(at, 60)
    case 'gat':
      return client.gat(at, 60)
    case 'gets': {
      const item = await client.gets(at)
      return item && { value: item.value, flags: item.flags }
    }
    default:
      return client[each.name](at)
  }
}

function predicted(
  model: Map<string, { value: Buffer; flags: number }>,
  at: string,
  each: Step,
): unknown {
  const has = model.has(at)
  switch (each.name) {
    case 'set':
    case 'add':
    case 'replace':
    case 'cas': {
      const stores = each.name === 'set' || (each.name === 'add') !== has
      if (stores) model.set(at, { value: each.value, flags: each.flags })
      if (each.name === 'cas') return stores ? 'stored' : 'missing'
      return stores
    }
    case 'delete':
      return model.delete(at)
    case 'touch':
      return has
    default:
      return model.get(at)
  }
}

/** Bytes that differ in every chunk. */
function bytesOf(length: number, byte: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = (byte + i + (i >> 8)) & 255
  return bytes
}
