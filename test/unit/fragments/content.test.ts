import { describe, expect, it } from 'vitest'
import { decodeContent, encodeContent } from '../../../src/fragments/content.ts'

const HOLE = { hole: 'token', values: { row: 7 } }

describe('encodeContent', () => {
  it.each([
    [[], ''],
    [[''], ''],
    [['text'], 'text'],
  ] as const)('stores %j as the text itself', (parts, stored) => {
    expect(encodeContent({ parts })).toBe(stored)
  })

  it.each([
    [{ parts: ['a', HOLE, 'b'] }, { fragment: 1, parts: ['a', HOLE, 'b'] }],
    [{ parts: [HOLE] }, { fragment: 1, parts: [HOLE] }],
    [{ parts: ['a', 'b'] }, { fragment: 1, parts: ['a', 'b'] }],
    [
      { parts: ['a'], ttl: 5 },
      { fragment: 1, parts: ['a'], ttl: 5 },
    ],
    [
      { parts: [HOLE], ttl: undefined },
      { fragment: 1, parts: [HOLE] },
    ],
  ])('stores %j as a record', (content, stored) => {
    expect(encodeContent(content)).toStrictEqual(stored)
  })
})

describe('decodeContent', () => {
  it.each([
    ['', { parts: [''] }],
    ['text', { parts: ['text'] }],
    ['{"fragment":1,"parts":["a"]}', { parts: ['{"fragment":1,"parts":["a"]}'] }],
  ])('reads the text %j', (stored, content) => {
    expect(decodeContent(stored)).toStrictEqual(content)
  })

  it('reads a record, with its uncached parts and its lifetime', () => {
    const stored = { fragment: 1, parts: ['a', HOLE], ttl: 5 }
    expect(decodeContent(stored)).toStrictEqual(stored)
  })

  it.each([
    [null],
    [7],
    [true],
    [['a']],
    [{}],
    [{ parts: ['a'] }],
    [{ fragment: 2, parts: ['a'] }],
    [{ fragment: 1 }],
    [{ fragment: 1, parts: 'a' }],
    [{ fragment: 1, parts: ['a'], ttl: '5' }],
    [{ fragment: 1, parts: ['a', 7] }],
    [{ fragment: 1, parts: [null] }],
    [{ fragment: 1, parts: [{ hole: 7, values: {} }] }],
    [{ fragment: 1, parts: [{ hole: 'x' }] }],
    [{ fragment: 1, parts: [{ hole: 'x', values: null }] }],
  ])('takes %j for somebody else’s value', (stored) => {
    expect(decodeContent(stored)).toBeUndefined()
  })
})
