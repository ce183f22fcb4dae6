import fc from 'fast-check'
import { expect, it } from 'vitest'
import { copyValue } from '../../src/codec/copy.ts'
import { decodeValue, encodeValue } from '../../src/codec/values.ts'
import { anyStorable } from '../support/any-value.ts'
import { isSameGraph } from '../support/same-graph.ts'

it('gives back every value that it takes', () => {
  fc.assert(
    fc.property(anyStorable, (value) => {
      const { flags, bytes } = encodeValue(value)
      return isSameGraph(decodeValue(flags, bytes), asBuffer(value))
    }),
    { numRuns: 1500 },
  )
})

it('copies every value that it takes to what would come back from a server', () => {
  fc.assert(
    fc.property(anyStorable, (value) => {
      const { flags, bytes } = encodeValue(value)
      const copy = copyValue(value).value
      return isSameGraph(copy, asBuffer(value)) && isSameGraph(copy, decodeValue(flags, bytes))
    }),
    { numRuns: 1500 },
  )
})

it('shares no object between a value and its copy', () => {
  fc.assert(
    fc.property(anyStorable, (value) => {
      const mine = objectsIn(value)
      for (const object of objectsIn(copyValue(value).value)) expect(mine.has(object)).toBe(false)
    }),
    { numRuns: 500 },
  )
})

it('takes any bytes under any flags for a value or for nothing', () => {
  const flags = fc.oneof(fc.constantFrom(0, 2, 16, 32, 64), fc.nat())
  const name = fc.constantFrom(
    ...['undefined', 'number', 'bigint', 'date', 'map', 'set', 'regexp', 'url', 'error', 'Buffer'],
    ...['Float64Array', 'holey', 'hole', 'object', 'null-object', 'refs', 'ref', 'sparse', 'Error'],
  )
  const tagged = fc
    .letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        fc.jsonValue(),
        fc.record({ $: name, of: tie('node') }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.array(fc.tuple(fc.string(), tie('node')), { maxLength: 3 }),
      ),
    }))
    .node.map((node) => Buffer.from(JSON.stringify(node)))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(utf8), tagged)
  fc.assert(
    fc.property(flags, bytes, (flags, bytes) => {
      const value = decodeValue(flags, Buffer.from(bytes))
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
      return [...objectsIn(value)].every((object) => PLAIN.has(Object.getPrototypeOf(object)))
    }),
    { numRuns: 5000 },
  )
})

/** The prototypes of what is kept, and of nothing else. */
const PLAIN = new Set<object | null>(
  [
    ...[null, Object, Array, Map, Set, Date, RegExp, URL, Buffer, ArrayBuffer, Float64Array],
    ...[Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError],
    URIError,
  ].map((known) => (known === null ? null : (known.prototype as object))),
)

function utf8(text: string): Buffer {
  return Buffer.from(text)
}

/** Raw bytes come back as a Buffer, whichever kind of bytes they were. */
function asBuffer(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value
}

function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found
  found.add(value)
  if (ArrayBuffer.isView(value)) return found
  const parts =
    value instanceof Map
      ? [...value].flat()
      : value instanceof Set
        ? [...value]
        : Object.getOwnPropertyNames(value).map((name) => {
            return Object.getOwnPropertyDescriptor(value, name)?.value
          })
  for (const part of parts) objectsIn(part, found)
  return found
}
