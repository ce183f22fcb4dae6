import { describe, expect, it } from 'vitest'
import { copyValue } from '../../../src/codec/copy.ts'

describe('copyValue', () => {
  it('shares nothing with the original', () => {
    const value = {
      list: [{ a: 1 }],
      map: new Map([['k', { b: 2 }]]),
      keyed: new Map([[{ c: 3 }, 1]]),
      set: new Set([new Date(0)]),
      bytes: new Uint8Array([1]),
      buffer: Buffer.from([2]),
      raw: new Uint8Array([3]).buffer,
    }
    const copy = copyValue(value).value as typeof value

    expect(copy).toStrictEqual(value)
    expect(copy.list[0]).not.toBe(value.list[0])
    expect(copy.map.get('k')).not.toBe(value.map.get('k'))
    expect([...copy.set][0]).not.toBe([...value.set][0])
    value.bytes[0] = 9
    value.buffer[0] = 9
    new Uint8Array(value.raw)[0] = 9
    expect([copy.bytes[0], copy.buffer[0], new Uint8Array(copy.raw)[0]]).toEqual([1, 2, 3])
  })

  it('gives bytes as a Buffer, as a server would', () => {
    expect(copyValue(new Uint8Array([1, 2])).value).toEqual(Buffer.from([1, 2]))
  })

  it('gives bytes memory of their own, not a part of a slab that they would keep', () => {
    for (const value of [Buffer.from([1]), new Uint8Array([1])]) {
      expect((copyValue(value).value as Buffer).buffer.byteLength).toBe(1)
    }
  })

  it('keeps holes, named properties, prototypes and odd keys', () => {
    const list = withHole()
    const bare = Object.assign(Object.create(null), { a: 1 })
    const odd: object = JSON.parse('{"__proto__":{"isAdmin":true}}')

    const copy = copyValue({ list, bare, odd }).value as {
      list: unknown[]
      bare: object
      odd: object
    }
    expect(Object.keys(copy.list)).toEqual(['0', '2', 'name'])
    expect(Object.getPrototypeOf(copy.bare)).toBeNull()
    expect(Object.keys(copy.odd)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(copy.odd)).toBe(Object.prototype)
  })

  it('keeps what is met again, and cycles', () => {
    const city = { name: 'Oslo' }
    const value: { cities: unknown[]; by: Map<string, unknown>; self?: unknown } = {
      cities: [city, city],
      by: new Map([['oslo', city]]),
    }
    value.self = value
    const copy = copyValue(value).value as typeof value

    expect(copy.self).toBe(copy)
    expect(copy.cities[1]).toBe(copy.cities[0])
    expect(copy.by.get('oslo')).toBe(copy.cities[0])
    expect(copy.cities[0]).not.toBe(city)
  })

  it('copies errors with their class, cause, stack and properties', () => {
    const error = Object.assign(new RangeError('too far', { cause: { km: 7 } }), { code: 'E_FAR' })
    const copy = copyValue(error).value as typeof error

    expect(copy).toBeInstanceOf(RangeError)
    expect(copy).not.toBe(error)
    expect([copy.message, copy.code, copy.stack]).toEqual(['too far', 'E_FAR', error.stack])
    expect(copy.cause).toEqual({ km: 7 })
    expect(copy.cause).not.toBe(error.cause)
    expect(Object.keys(copy)).toEqual(['code'])
  })

  it('copies patterns and URLs', () => {
    const value = { pattern: /a+/giu, url: new URL('https://example.org/?a=1') }
    value.pattern.lastIndex = 3
    const copy = copyValue(value).value as typeof value
    copy.url.searchParams.set('a', '2')

    expect(`${copy.pattern}`).toBe('/a+/giu')
    expect(copy.pattern.lastIndex).toBe(0)
    expect(value.url.href).toBe('https://example.org/?a=1')
  })

  it('takes no part from a polluted prototype', () => {
    const copy = polluted(() => copyValue({ a: [{ b: 1 }], c: new Map() }).value) as { a: object[] }

    expect(Object.keys(copy)).toEqual(['a', 'c'])
    expect(Object.keys(copy.a[0] ?? {})).toEqual(['b'])
  })

  it('refuses what a server could not keep', () => {
    class City {}
    let deep: unknown = 1
    for (let i = 0; i < 501; i++) deep = [deep]
    const far: unknown[] = []
    far[100_001] = 1

    for (const value of [undefined, () => 1, { a: Symbol('s') }, [new City()], deep, far]) {
      expect(() => copyValue(value)).toThrow(expect.objectContaining({ code: 'ERR_VALUE_INVALID' }))
    }
  })

  it('estimates the size', () => {
    expect(copyValue('x'.repeat(1000)).bytes).toBe(1016)
    expect(copyValue(`${'x'.repeat(998)}😀`).bytes).toBe(2016)
    expect(copyValue(Buffer.alloc(1000)).bytes).toBe(1056)
    expect(copyValue(null).bytes).toBe(0)
    const objects = Array.from({ length: 1000 }, (_, id) => ({ id, name: 'a name' }))
    expect(copyValue(objects).bytes).toBeGreaterThan(100_000)
    expect(copyValue(objects).bytes).toBeLessThan(200_000)
  })
})

/** `[1, <hole>, 3]` with a property `name`. */
function withHole(): number[] & { name: string } {
  const list: number[] = []
  list[0] = 1
  list[2] = 3
  return Object.assign(list, { name: 'x' })
}

/** Runs `run` while every object has one more property, as some libraries still do it. */
function polluted<T>(run: () => T): T {
  const prototype = Object.prototype as { more?: unknown }
  prototype.more = { run: () => 1 }
  try {
    return run()
  } finally {
    delete prototype.more
  }
}
