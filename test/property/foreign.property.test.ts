import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Cache, MemcachedBackend, ValueCodec } from '../../src/index.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'

let server: MemcachedServer
let cache: Cache
let signed: Cache
beforeAll(async () => {
  server = await startMemcached()
  const place = `127.0.0.1:${server.port}`
  cache = new Cache(new MemcachedBackend(place))
  signed = new Cache(new MemcachedBackend(place, { secret: 'a secret that nobody knows' }))
})
afterAll(async () => {
  await cache.close()
  await signed.close()
  await server.kill()
})

/** Stores an item under `:1:k` as anybody might who reaches the server. */
async function store(flags: number, body: Uint8Array): Promise<void> {
  const command = Buffer.from(`ms :1:k ${body.length} F${flags} T300\r\n`)
  expect(await ask(server.port, Buffer.concat([command, body, Buffer.from('\r\n')]))).toBe('HD\r\n')
}

const FORMS = [0, 2, 16, 32, 64, 256, 768, 1280, 2304, 4352, 4864, 5376, 6400]
const header = { createdAtMs: Date.now(), ttlMs: 60_000, staleForMs: 0, key: undefined }
const VALUES = [
  'text',
  { a: [1, { b: null }], text: 'x'.repeat(100) },
  [new Map([[1, new Date(5)]]), new Error('no'), /x/, new URL('https://example.org'), 5n],
  Buffer.from('bytes'),
]

/** Items as we write them, of every kind, each with a few other bytes. */
const spoilt = fc
  .tuple(
    fc.constantFrom(...VALUES),
    fc.constantFrom('any', 'none'),
    fc.constantFrom(
      new ValueCodec(),
      new ValueCodec({ compress: { thresholdBytes: 1 } }),
      new ValueCodec({ compress: { thresholdBytes: 1, algorithm: 'deflate' } }),
      new ValueCodec({ secret: 'another' }),
    ),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
  )
  .map(([value, raw, codec, changes]) => {
    const { flags, bytes } = codec.encode(':1:k', value, header, raw as 'any' | 'none')
    const body = Buffer.from(bytes)
    for (const [at, byte] of changes) body[at % body.length] = byte
    return { flags, body: body as Uint8Array }
  })

const foreign = fc.oneof(
  fc.record({
    flags: fc.oneof(fc.constantFrom(...FORMS), fc.nat(2 ** 31)),
    body: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.json().map((text): Uint8Array => Buffer.from(text)),
      fc.json().map((text): Uint8Array => Buffer.from(text.replaceAll(/"[^"]*":/g, '"$":'))),
    ),
  }),
  spoilt,
)

it('never takes foreign items for more than data', async () => {
  await fc.assert(
    fc.asyncProperty(foreign, async ({ flags, body }) => {
      await store(flags, body)
      const value = await cache.get('k')

      if (!FORMS.includes(flags)) expect(value).toBeUndefined()
      expect(isData(value)).toBe(true)
      expect(Object.keys(Object.prototype)).toEqual([])
      expect((await cache.getMany(['k'])).has('k')).toBe(value !== undefined)
    }),
    { numRuns: 600 },
  )
})

it('reads none of them with a secret, but whole numbers', async () => {
  await fc.assert(
    fc.asyncProperty(foreign, async ({ flags, body }) => {
      await store(flags, body)
      const value = await signed.get('k')

      if (flags !== 2) expect(value).toBeUndefined()
      else expect(['undefined', 'number', 'bigint']).toContain(typeof value)
    }),
    { numRuns: 400 },
  )
})

const PROTOTYPES = new Set<object | null>(
  [
    null,
    ...[Object, Array, Map, Set, Date, RegExp, URL, Buffer, Uint8Array, ArrayBuffer],
    ...[Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError],
    ...[
      URIError,
      Float32Array,
      Float64Array,
      Int8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
    ],
    ...[Int32Array, Uint32Array, BigInt64Array, BigUint64Array],
  ].map((known) => (known === null ? null : (known.prototype as object))),
)

/** No functions, and no object but of the classes that a cache keeps. */
function isData(value: unknown, seen = new Set<object>()): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null || seen.has(value)) return true
  seen.add(value)
  if (!PROTOTYPES.has(Object.getPrototypeOf(value))) return false
  const parts =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : valuesOf(value)
  return parts.every((part) => isData(part, seen))
}

function valuesOf(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return []
  return Object.values(Object.getOwnPropertyDescriptors(value)).map(({ value }) => value)
}
