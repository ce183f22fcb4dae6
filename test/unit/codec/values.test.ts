import vm from 'node:vm'
import { describe, expect, it } from 'vitest'
import { decodeValue, encodeValue } from '../../../src/codec/values.ts'

function roundTrip(value: unknown): unknown {
  const { flags, bytes } = encodeValue(value)
  return decodeValue(flags, bytes)
}

describe('forms', () => {
  it.each([
    ['text', 'blåbær', 16, 'blåbær'],
    ['empty text', '', 16, ''],
    ['half a surrogate pair', 'a\ud800', 32, '"a\\ud800"'],
    ['a whole number', -7, 2, '-7'],
    ['the largest exact number', Number.MAX_SAFE_INTEGER, 2, '9007199254740991'],
    ['a larger number', 2 ** 60, 64, '{"$":"number","of":"1152921504606847000"}'],
    ['minus zero', -0, 64, '{"$":"number","of":"-0"}'],
    ['a fraction', 1.5, 32, '1.5'],
    ['no number', Number.NaN, 64, '{"$":"number","of":"NaN"}'],
    ['a small bigint', 5n, 64, '{"$":"bigint","of":"5"}'],
    ['a bigint of 64 bits', 2n ** 64n - 1n, 2, '18446744073709551615'],
    ['a larger bigint', 2n ** 64n, 64, '{"$":"bigint","of":"10000000000000000"}'],
    ['a negative bigint', -255n, 64, '{"$":"bigint","of":"-ff"}'],
    ['true', true, 32, 'true'],
    ['null', null, 32, 'null'],
    ['a plain object', { a: [1, { b: null }] }, 32, '{"a":[1,{"b":null}]}'],
    ['an object with a `$`', { $: 'date' }, 32, '{"$":"date"}'],
    ['a map', new Map([[1, 'x']]), 64, '{"$":"map","of":[[1,"x"]]}'],
    ['a set', new Set([1n]), 64, '{"$":"set","of":[{"$":"bigint","of":"1"}]}'],
    ['undefined inside', [undefined], 64, '[{"$":"undefined"}]'],
    ['minus zero inside', [-0], 64, '[{"$":"number","of":"-0"}]'],
  ])('%s', (_name, value, flags, text) => {
    const encoded = encodeValue(value)

    expect(encoded.flags).toBe(flags)
    expect(encoded.bytes.toString()).toBe(text)
    expect(decodeValue(flags, Buffer.from(text))).toStrictEqual(value)
  })

  it('keeps bytes as they are, as a Buffer', () => {
    const { flags, bytes } = encodeValue(new Uint8Array([0, 255]))

    expect(flags).toBe(0)
    expect(bytes).toEqual(Buffer.from([0, 255]))
  })

  it('copies bytes', () => {
    const value = Buffer.from('before')
    const { bytes } = encodeValue(value)
    value.write('after!')

    expect(bytes.toString()).toBe('before')
  })
})

describe('what comes back', () => {
  it.each([
    ['dates, also invalid ones', [new Date(0), new Date(Number.NaN)]],
    ['numbers that JSON loses', [Number.NaN, Infinity, -Infinity, -0, 1e300]],
    ['undefined in objects', { a: undefined, b: [undefined] }],
    ['maps and sets in each other', new Map([[new Set([1]), new Map([['k', null]])]])],
    ['an object whose key looks like a tag', { a: { $: 'date', of: 0 }, b: 1n }],
    ['a Uint8Array inside', { bytes: new Uint8Array([1]) }],
    ['a Buffer inside', { bytes: Buffer.from([1]) }],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['floats', new Float64Array([1.5, Number.NaN])],
    ['big integers', new BigInt64Array([-1n])],
    ['clamped bytes', new Uint8ClampedArray([300])],
  ])('%s', (_name, value) => {
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('keeps an object without a prototype', () => {
    const value = Object.assign(Object.create(null), { a: 1 })
    const back = roundTrip(value)

    expect(Object.getPrototypeOf(back)).toBeNull()
    expect({ ...(back as object) }).toEqual({ a: 1 })
  })

  it('keeps holes and named properties of arrays', () => {
    const value = withHole()
    const back = roundTrip(value) as typeof value

    expect(back.length).toBe(3)
    expect(1 in back).toBe(false)
    expect(back.name).toBe('x')
  })

  it('keeps `__proto__` as a key', () => {
    for (const rest of [{}, { when: new Date(0) }]) {
      const value: object = { ...JSON.parse('{"__proto__":{"isAdmin":true}}'), ...rest }
      const back = roundTrip(value) as Record<string, unknown>

      expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
      expect(Object.hasOwn(back, '__proto__')).toBe(true)
      expect(back.isAdmin).toBeUndefined()
    }
  })

  it.each([
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['undefined', undefined],
    ['a bigint', 1n],
    ['bytes', Buffer.from([1])],
  ])('keeps %s as deep as nesting may go', (_name, leaf) => {
    let value: unknown = leaf
    for (let i = leaf instanceof Map ? 1 : 0; i < 500; i++) value = [value]

    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('takes values of another realm', () => {
    const value: unknown = vm.runInNewContext(
      '({ list: [1], date: new Date(0), map: new Map([[1, 2]]), bytes: new Uint16Array([7]) })',
    )

    expect(roundTrip(value)).toStrictEqual({
      list: [1],
      date: new Date(0),
      map: new Map([[1, 2]]),
      bytes: new Uint16Array([7]),
    })
  })
})

describe('refusals', () => {
  class City {
    name = 'Oslo'
  }
  class Numbers extends Array<number> {}
  class Bytes extends Uint8Array {}
  class Pattern extends RegExp {}
  class Place extends URL {}
  const cycle: { self?: unknown; run?: unknown } = {}
  cycle.self = [cycle]
  cycle.run = function run() {}
  const far: unknown[] = []
  far[100_001] = 1
  let deep: unknown = 1
  for (let i = 0; i < 600; i++) deep = [deep]

  it.each([
    ['undefined', undefined, 'The value is undefined'],
    ['a function', { run: Math.max }, '`value.run` is a function (max)'],
    ['a symbol', [Symbol('s')], '`value[0]` is a symbol'],
    ['a symbol as a key', { [Symbol('s')]: 1 }, 'an object with a symbol as a key'],
    [
      'an instance of a class',
      { a: { 'b c': [new City()] } },
      '`value.a["b c"][0]` is an instance of City',
    ],
    ['a function of an error', Object.assign(new Error('no'), { run() {} }), '`value.run` is a'],
    ['a symbol as a cause', new Error('no', { cause: Symbol('s') }), '`value.cause` is a symbol'],
    ['a promise', { a: Promise.resolve(1) }, '`value.a` is an instance of Promise, not awaited'],
    ['a subclass of RegExp', new Pattern('x'), 'an instance of Pattern'],
    ['a subclass of URL', new Place('https://example.org'), 'an instance of Place'],
    ['query parameters', new URLSearchParams('a=1'), 'an instance of URLSearchParams'],
    ['a wrapped string', new String('x'), 'an instance of String'],
    ['a subclass of Array', new Numbers(), 'an instance of Numbers'],
    ['a subclass of Uint8Array', new Bytes(1), 'an instance of Bytes'],
    ['a function in a map', new Map([['k', () => 1]]), '`value[1]` is a function'],
    ['a function behind a cycle', cycle, '`value.run` is a function (run)'],
    ['deep nesting', deep, 'is nested more than 500 deep'],
    ['holes without end', { far }, '`value.far` is an array with more than 100000 holes'],
    ['a symbol behind what JSON loses', [undefined, Symbol('s')], '`value[1]` is a symbol'],
  ])('%s', (_name, value, message) => {
    expect(() => encodeValue(value)).toThrow(
      expect.objectContaining({
        code: 'ERR_VALUE_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })

  it('shows no value', () => {
    const secret = { token: 'secret', run: () => 1 }

    expect(() => encodeValue(secret)).toThrow(
      'The value at `value.run` is a function (run): it must be a string, number, bigint, boolean, null, Date, Map, Set, Error, RegExp, URL, ArrayBuffer, typed array, plain array or plain object.',
    )
  })
})

describe('integers read back', () => {
  it.each([
    ['9  ', 9],
    ['0', 0],
    ['-5', -5],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['18446744073709551615 ', 18446744073709551615n],
    ['-0', undefined],
    ['007', undefined],
    ['', undefined],
    ['1.5', undefined],
    ['1\n', undefined],
    ['99999999999999999999999', undefined],
  ])('%j', (text, value) => {
    expect(decodeValue(2, Buffer.from(text))).toBe(value)
  })
})

/** `[1, <hole>, 3]` with a property `name`. */
function withHole(): number[] & { name: string } {
  const list: number[] = []
  list[0] = 1
  list[2] = 3
  return Object.assign(list, { name: 'x' })
}
