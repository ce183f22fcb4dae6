import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { copyValue } from '../../src/codec/copy.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/codec/envelope.ts'
import { decodeValue, encodeValue } from '../../src/codec/values.ts'

const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', '$', 'of', 'constructor', 'toJSON'))
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, 2 ** 53, 1e21),
  // An invalid one in a Set is not equal to itself for `isDeepStrictEqual`; a unit test has it.
  fc.date({ noInvalidDate: true }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array(),
  fc.int16Array(),
  fc.float64Array(),
  fc.bigUint64Array(),
)

/** Values of every supported type, in each other. */
const value = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('node'), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie('node')), { maxLength: 5 }).map(objectOf),
    fc.array(fc.tuple(key, tie('node')), { maxLength: 5 }).map((pairs) => {
      return Object.setPrototypeOf(objectOf(pairs), null) as unknown
    }),
    fc.array(fc.tuple(tie('node'), tie('node')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
    fc.array(tie('node'), { maxLength: 5 }).map((parts) => new Set(parts)),
  ),
})).node
const storable = value.filter((value) => value !== undefined)

it('gives back every value that it takes', () => {
  fc.assert(
    fc.property(storable, (value) => {
      const { flags, bytes } = encodeValue(value)
      return isDeepStrictEqual(decodeValue(flags, bytes), asBuffer(value))
    }),
    { numRuns: 2000 },
  )
})

it('copies every value that it takes to the same', () => {
  fc.assert(
    fc.property(storable, (value) => {
      return isDeepStrictEqual(copyValue(value).value, asBuffer(value))
    }),
    { numRuns: 1000 },
  )
})

it('takes any bytes under any flags for a value or for nothing', () => {
  const flags = fc.oneof(fc.constantFrom(0, 2, 16, 32, 64), fc.nat())
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text.replaceAll(/"[^"]*":/g, '"$":'))),
  )
  fc.assert(
    fc.property(flags, bytes, (flags, bytes) => {
      decodeValue(flags, Buffer.from(bytes))
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    }),
    { numRuns: 2000 },
  )
})

it('takes any bytes for an envelope or for none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const version1 = Buffer.from([1, ...bytes])
      const envelope = decodeEnvelope(version1)
      if (envelope === undefined) return
      expect(envelope.body.length).toBeLessThanOrEqual(version1.length - 40)
    }),
    { numRuns: 2000 },
  )
})

it('gives back every envelope', () => {
  const times = fc.double({ min: 0, noNaN: true })
  const envelope = fc.record({
    createdAtMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ttlMs: times,
    staleForMs: times,
    key: fc.option(fc.string({ unit: 'grapheme', minLength: 1 }), { nil: undefined }),
    flags: fc.constantFrom(0, 2, 16, 32, 64),
    body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  })
  fc.assert(
    fc.property(envelope, (envelope) => {
      expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope)
    }),
  )
})

function objectOf(pairs: readonly (readonly [string, unknown])[]): object {
  const target = {}
  for (const [key, part] of pairs) {
    Object.defineProperty(target, key, {
      value: part,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return target
}

/** Raw bytes come back as a Buffer, whichever kind of bytes they were. */
function asBuffer(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value
}
