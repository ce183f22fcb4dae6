import { describe, expect, it } from 'vitest'
import { copyValue } from '../../../src/codec/copy.ts'
import { decodeValue, encodeValue } from '../../../src/codec/values.ts'

function roundTrip<T>(value: T): T {
  const { flags, bytes } = encodeValue(value)
  return decodeValue(flags, bytes) as T
}

function decode(text: string): unknown {
  return decodeValue(64, Buffer.from(text))
}

describe('forms', () => {
  const node: { self?: unknown } = {}
  node.self = node
  const city = { name: 'Oslo' }
  const error = new TypeError('no', { cause: 7 })
  error.stack = 'at home'

  it.each([
    ['a pattern', /a\/b/gi, '{"$":"regexp","of":"gi/a\\\\/b"}'],
    ['a URL', new URL('https://example.org/a'), '{"$":"url","of":"https://example.org/a"}'],
    ['a cycle', node, '{"$":"refs","of":{"self":{"$":"ref","of":0}}}'],
    [
      'one object twice',
      [{ a: 1 }, city, city],
      '{"$":"refs","of":[{"a":1},{"name":"Oslo"},{"$":"ref","of":2}]}',
    ],
    [
      'an error',
      error,
      '{"$":"error","of":["TypeError",[["message","no"],["stack","at home"],["cause",7]],[]]}',
    ],
    ['a hole', Object.assign([1], { 2: 3 }), '{"$":"holey","of":[[1,{"$":"hole"},3],[]]}'],
    ['a named property', Object.assign([1], { a: 2 }), '{"$":"holey","of":[[1],[["a",2]]]}'],
  ])('%s', (_name, value, text) => {
    const { flags, bytes } = encodeValue(value)

    expect(flags).toBe(64)
    expect(bytes.toString()).toBe(text)
  })
})

describe('errors', () => {
  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    'come back as their class: %o',
    (Class) => {
      const error = new Class('no')
      const back = roundTrip(error)

      expect(Object.getPrototypeOf(back)).toBe(Class.prototype)
      expect([back.name, back.message, back.stack]).toEqual([Class.name, 'no', error.stack])
      expect(Object.keys(back)).toEqual([])
    },
  )

  it('come back as the nearest class of the language, with their own name', () => {
    class NotFound extends RangeError {
      override name = 'NotFound'
      readonly status = 404
      describe() {
        return 'lost'
      }
    }
    const back = roundTrip(new NotFound('no'))

    expect(Object.getPrototypeOf(back)).toBe(RangeError.prototype)
    expect([back.name, back.message, back.status]).toEqual(['NotFound', 'no', 404])
    expect(`${back}`).toBe('NotFound: no')
  })

  it('keep their cause and what they are made of', () => {
    const inner = new TypeError('inner')
    const error = new AggregateError([inner, 7], 'all', { cause: { first: inner } })
    const back = roundTrip(error)

    expect(back).toBeInstanceOf(AggregateError)
    expect(back.errors[0]).toBeInstanceOf(TypeError)
    expect(back.errors[1]).toBe(7)
    expect((back.cause as { first: unknown }).first).toBe(back.errors[0])
  })

  it('keep a name that is no property of their own', () => {
    const aborted = new DOMException('stopped', 'AbortError')
    const back = roundTrip(aborted)

    expect(Object.getPrototypeOf(back)).toBe(Error.prototype)
    expect([back.name, back.message]).toEqual(['AbortError', 'stopped'])
  })

  it('have no stack where they had none', () => {
    const error = new Error('no')
    delete error.stack

    expect(Object.hasOwn(roundTrip(error), 'stack')).toBe(false)
  })

  it('may contain themselves', () => {
    const error = new Error('no') as Error & { self?: unknown }
    error.cause = error
    error.self = [error]
    const back = roundTrip(error)

    expect(back.cause).toBe(back)
    expect(back.self).toEqual([back])
  })
})

describe('what is met again', () => {
  it('is one object again, of every type', () => {
    const all = [
      new Date(0),
      new Map(),
      new Set(),
      new Error('no'),
      /x/,
      new URL('https://example.org'),
      new Uint8Array([1]),
      Object.assign([1], { 2: 3 }),
      Object.create(null) as object,
      { $: 1 },
    ]
    const back = roundTrip([all, new Map(all.map((one, i) => [one, i])), all])

    const [first, map, again] = back as [object[], Map<object, number>, object[]]
    expect(again).toBe(first)
    expect(first.map((one) => map.get(one))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('may be a key or a part of the map or set that has it', () => {
    const map = new Map<unknown, unknown>()
    map.set(map, [map])
    const set = new Set<unknown>([map])
    set.add(set)
    const back = roundTrip({ map, set })

    expect(back.map.get(back.map)).toEqual([back.map])
    expect([...back.set]).toEqual([back.map, back.set])
  })

  it('takes a few bytes, however often', () => {
    // As a tree this would have 2^40 leaves.
    let value: unknown = ['leaf']
    for (let i = 0; i < 40; i++) value = [value, value]

    expect(encodeValue(value).bytes.length).toBeLessThan(2000)
  })
})

describe('bytes that nobody wrote', () => {
  it.each([
    ['another tag', '{"$":"Function","of":"return 1"}'],
    ['a tag that is no text', '{"$":{"$":"date","of":0}}'],
    ['an inherited name as a tag', '{"$":"constructor","of":"AAAA"}'],
    ['an inherited name as a class', '{"$":"error","of":["constructor",[],[]]}'],
    ['a class that is no error', '{"$":"error","of":["Function",[["message","x"]],[]]}'],
    ['a hidden part that errors do not have', '{"$":"error","of":["Error",[["toString",1]],[]]}'],
    ['a message that is no text', '{"$":"error","of":["Error",[["message",{}]],[]]}'],
    ['a pattern that is none', '{"$":"regexp","of":"/("}'],
    ['a pattern without flags', '{"$":"regexp","of":"x"}'],
    ['unknown flags of a pattern', '{"$":"regexp","of":"q/x"}'],
    ['a URL that is none', '{"$":"url","of":"x"}'],
    ['a URL in another spelling', '{"$":"url","of":"HTTPS://example.org"}'],
    ['a ref without refs', '[{"$":"ref","of":0}]'],
    ['a ref ahead', '{"$":"refs","of":[{"$":"ref","of":1},{}]}'],
    ['a ref to a name', '{"$":"refs","of":[{"$":"ref","of":"length"}]}'],
    ['refs inside', '[{"$":"refs","of":[]}]'],
    ['a hole outside', '[{"$":"hole"}]'],
    ['a length as a name', '{"$":"holey","of":[[],[["length",30000000]]]}'],
    ['an index as a name', '{"$":"holey","of":[[],[["30000000",1]]]}'],
    ['the sparse arrays of version 0.1', '{"$":"sparse","of":[30000000,[]]}'],
    ['numbers that are cut', '{"$":"Float64Array","of":"AAAA"}'],
    ['bytes that are no text', '{"$":"Buffer","of":[1,2]}'],
    ['pairs that are none', '{"$":"map","of":[1]}'],
    ['a date that is text', '{"$":"date","of":"2026"}'],
    ['a bigint in base 10 with a sign', '{"$":"bigint","of":"+5"}'],
  ])('are a miss: %s', (_name, text) => {
    expect(decode(text)).toBeUndefined()
  })

  it('refuse more properties of characters than are read', () => {
    const most = Array.from({ length: 100 }, (_, i) => new RegExp(`\\p{L}${i}`, 'u'))

    expect(roundTrip(most)).toEqual(most)
    expect(copyValue(most).value).toEqual(most)
    for (const keep of [encodeValue, copyValue]) {
      expect(() => keep([most, /\P{L}/u])).toThrow(
        'at `value[1]` is a pattern with one `\\p{…}` too many',
      )
    }
  })

  it.each([
    // Punycode takes the square of the letters: 100,000 took 15 s.
    [
      'a host that had to be encoded',
      () => `{"$":"url","of":"http://${differentLetters(100_000)}"}`,
    ],
    // 33 ms for each of them.
    [
      'properties of characters',
      () => `{"$":"regexp","of":"iv/${'[\\\\p{RGI_Emoji}]'.repeat(500)}"}`,
    ],
  ])('are a miss before they hold the process up: %s', (_name, text) => {
    const bytes = Buffer.from(text())
    const startMs = performance.now()

    expect(decodeValue(64, bytes)).toBeUndefined()
    expect(performance.now() - startMs).toBeLessThan(5000)
  })

  it('are a miss when they nest too deep, in either form', () => {
    const deep = `${'['.repeat(501)}${']'.repeat(501)}`

    expect(decode(deep)).toBeUndefined()
    expect(decodeValue(32, Buffer.from(deep))).toBeUndefined()
    expect(decodeValue(32, Buffer.from(deep.slice(1, -1)))).toHaveLength(1)
    expect(decode('[{"$":"map","of":[[1,'.repeat(300))).toBeUndefined()
  })

  it('set no prototype and change no object that is not theirs', () => {
    const back = decode(
      '[{"__proto__":{"polluted":1}},{"$":"object","of":[["__proto__",{"polluted":1}]]},' +
        '{"$":"error","of":["Error",[],[["__proto__",{"polluted":1}]]]},' +
        '{"$":"holey","of":[[],[["__proto__",{"polluted":1}]]]}]',
    ) as object[]

    const prototypes = back.map((object) => Object.getPrototypeOf(object) as unknown)
    expect(prototypes).toEqual([
      Object.prototype,
      Object.prototype,
      Error.prototype,
      Array.prototype,
    ])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect(back.every((object) => Object.hasOwn(object, '__proto__'))).toBe(true)
  })

  it('allocate no more than they are', () => {
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
    for (let i = 0; i < 100; i++) {
      decode('{"$":"holey","of":[[],[["length",30000000]]]}')
      decode('{"$":"sparse","of":[30000000,[]]}')
      decode('{"$":"Float64Array","of":"////"}')
    }
    const after = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed

    expect(after - before).toBeLessThan(50_000_000)
  })
})

it('takes no part from a polluted prototype', () => {
  const prototype = Object.prototype as { more?: unknown }
  prototype.more = { run: () => 1 }
  let encoded: ReturnType<typeof encodeValue> | undefined
  try {
    encoded = encodeValue({ a: { b: 1n } })
  } finally {
    delete prototype.more
  }

  expect(encoded.bytes.toString()).toBe('{"a":{"b":{"$":"bigint","of":"1"}}}')
})

function differentLetters(count: number): string {
  return String.fromCodePoint(...Array.from({ length: count }, (_, i) => 0x4e00 + (i % 20_000)))
}
