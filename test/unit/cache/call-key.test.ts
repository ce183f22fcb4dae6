import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { callKey } from '../../../src/cache/call-key.ts'

describe('callKey', () => {
  it.each<[string, readonly unknown[]]>([
    ['f()', []],
    ['f("a")', ['a']],
    ['f("a\\"),(")', ['a"),(']],
    ['f("\\ud800")', ['\ud800']],
    ['f(5)', [5]],
    ['f("5")', ['5']],
    ['f(5n)', [5n]],
    ['f(-0)', [-0]],
    ['f(0.1)', [0.1]],
    ['f(1e+21)', [1e21]],
    ['f(true,false)', [true, false]],
    ['f(null)', [null]],
    ['f(1)', [1]],
    ['f(1,undefined)', [1, undefined]],
    ['f(2026-01-02T03:04:05.006Z)', [new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6))]],
    ['f("2026-01-02T03:04:05.006Z")', ['2026-01-02T03:04:05.006Z']],
    ['f([1,[2]],3)', [[1, [2]], 3]],
    ['f({"a":1,"b":{"c":[]}})', [{ b: { c: [] }, a: 1 }]],
    ['f({"a":undefined})', [{ a: undefined }]],
    ['f({"__proto__":1})', [JSON.parse('{"__proto__":1}')]],
    ['f({"a":1})', [Object.assign(Object.create(null), { a: 1 })]],
    ['f([{"a":1}])', [runInNewContext('[{ a: 1 }]')]],
  ])('writes %s', (key, args) => {
    expect(callKey('f', args)).toBe(key)
  })

  it.each<[string, readonly unknown[], string]>([
    ['NaN', [Number.NaN], 'Argument 1 of `f` is NaN:'],
    ['an infinite number', [1, Infinity], 'Argument 2 of `f` is Infinity:'],
    ['a function', [1, 2, () => 1], 'Argument 3 of `f` is a function'],
    ['a symbol', [Symbol('s')], 'Argument 1 of `f` is a symbol:'],
    ['a symbol as a name', [{ [Symbol('s')]: 1 }], 'Argument 1 of `f` is an instance of Object:'],
    ['an instance of a class', [new URL('http://a')], 'Argument 1 of `f` is an instance of URL:'],
    ['a Map', [new Map()], 'Argument 1 of `f` is an instance of Map:'],
    ['an invalid Date', [new Date(Number.NaN)], 'Argument 1 of `f` is an invalid Date:'],
    ['a list with a hole', [new Array(1)], 'Argument 1 of `f` is an array with holes or names:'],
    [
      'something deep inside',
      [{ user: [0, { at: new Set() }] }],
      'Argument 1 of `f` at `["user"][1]["at"]` is an instance of Set:',
    ],
  ])('refuses %s, naming its place', (_name, args, message) => {
    expect(() => callKey('f', args)).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })

  it('refuses what contains itself', () => {
    const loop: unknown[] = []
    loop.push(loop)

    expect(() => callKey('f', [loop])).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining(
          'Argument 1 of `f` at `[0][0][0][0][0][0][0][0]` is nested more than 32 deep, or in itself:',
        ),
      }),
    )
  })

  it.each(['', 'a(b', 5])('refuses the name %j', (name) => {
    expect(() => callKey(name as string, [])).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})
