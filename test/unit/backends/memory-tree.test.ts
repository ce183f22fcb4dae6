import { describe, expect, it } from 'vitest'
import { copyTree, isTree } from '../../../src/backends/memory-tree.ts'

describe('isTree', () => {
  it.each([
    ['a text', 'text', true],
    ['null', null, true],
    ['plain objects and arrays', { a: [1, { b: undefined }], c: { d: [] } }, true],
    ['an own property named constructor', { constructor: { a: 1 } }, true],
    ['an own property named __proto__', JSON.parse('{"__proto__":{"a":1}}'), false],
    ['an object without a prototype', Object.create(null), false],
    ['a Map', { map: new Map() }, false],
    ['a Date', [new Date(0)], false],
    ['bytes', { bytes: Buffer.from('a') }, false],
    ['an array with holes', Object.assign([1], { length: 3 }), false],
    ['an array with as many names as holes', Object.assign([1], { length: 2, name: 'a' }), false],
  ])('tells %s', (_, value, expected) => {
    expect(isTree(value)).toBe(expected)
  })

  it('refuses what is met twice, and a cycle', () => {
    const one = { a: 1 }
    const cycle: unknown[] = []
    cycle.push(cycle)

    expect(isTree([one, { ...one }])).toBe(true)
    expect(isTree([one, one])).toBe(false)
    expect(isTree(cycle)).toBe(false)
  })
})

describe('copyTree', () => {
  it('copies all of it', () => {
    const value = { a: [1, { b: undefined, c: -0 }], d: { e: [[2n]] }, constructor: { f: null } }
    const copy = copyTree(value) as typeof value

    expect(copy).toEqual(value)
    expect(Object.hasOwn(copy.a[1] as object, 'b')).toBe(true)
    expect(Object.keys(copy)).toEqual(['a', 'd', 'constructor'])
    for (const [one, other] of [
      [copy, value],
      [copy.a, value.a],
      [copy.a[1], value.a[1]],
      [copy.d.e[0], value.d.e[0]],
      [copy.constructor, value.constructor],
    ]) {
      expect(one).not.toBe(other)
    }
  })

  it('gives back what cannot be changed', () => {
    expect([copyTree('text'), copyTree(null), copyTree(1n)]).toEqual(['text', null, 1n])
  })
})
