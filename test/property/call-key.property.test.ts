import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { callKey } from '../../src/cache/call-key.ts'

const name = fc.constantFrom('f', 'f)', 'f"', 'f,1', 'f[1]')
const { argument } = fc.letrec<{ argument: unknown }>((tie) => ({
  argument: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    // Few of each, and those that look like what stands between them, so that equals come up.
    fc.constantFrom('', 'a', '"', ',', 'a","a', '(', ')', '[', 'null', '1', '1n', 'undefined'),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom(0, -0, 1, 10, 0.1, 1e21, -1),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0n, 1n, 10n),
    fc.constantFrom(true, false, null, undefined),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('argument'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', '"'), tie('argument'), { maxKeys: 2 }),
  ),
}))
const call = fc.tuple(name, fc.array(argument, { maxLength: 3 }))

it('gives two calls one key exactly where they are the same call', () => {
  fc.assert(
    fc.property(call, call, (one, other) => {
      const isSame = isDeepStrictEqual(plain(one), plain(other))
      expect(callKey(...one) === callKey(...other)).toBe(isSame)
    }),
    { numRuns: 20_000 },
  )
})

it('gives a call the same key again, however the properties are ordered', () => {
  fc.assert(
    fc.property(call, ([name, args]) => {
      expect(callKey(name, args.map(reversed))).toBe(callKey(name, args))
    }),
  )
})

/** Prototypes do not count: an object without one is plain as well. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return new Map(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const pairs = Object.entries(value).map(([key, part]) => [key, reversed(part)] as const)
  return Object.fromEntries(pairs.reverse())
}
