import { describe, expect, it } from 'vitest'
import { wireKey } from '../../../src/protocol/key.ts'
import { nextOpaque, Opaques, opaquesBetween } from '../../../src/protocol/opaques.ts'
import {
  gapOf,
  keyEnd,
  keyOfLine,
  nextKeyAt,
  PLAIN_FLAGS,
  ReadLines,
  readFlags,
} from '../../../src/protocol/read-lines.ts'

const LONG = 'x'.repeat(251)

describe('ReadLines', () => {
  it.each([
    ['a short key', 'k', 'mg k v f O1 k\r\n'],
    [
      'a key of more than a few words',
      'shop:1:product:12345',
      'mg shop:1:product:12345 v f O1 k\r\n',
    ],
    ['a long key', 'y'.repeat(250), `mg ${'y'.repeat(250)} v f O1 k\r\n`],
    ['a base64 key, whose reply must not name it', 'é', 'mg w6k= b v f O1\r\n'],
    ['a hashed key', LONG, `mg ${wireKey(LONG).token} v f O1 k\r\n`],
    ['a key that ends in the letter of a flag', 'b', 'mg b v f O1 k\r\n'],
  ])('writes %s', (_, key, line) => {
    const lines = new ReadLines(new Opaques())
    lines.add(key, PLAIN_FLAGS)

    expect(textOf(lines)).toBe(line)
  })

  it('writes other flags, and quiet reads', () => {
    const lines = new ReadLines(new Opaques())
    lines.add('k', readFlags(' N30 v f c'))
    lines.add('k', readFlags(''))
    lines.addQuiet('k')
    lines.addQuiet('é')

    expect(textOf(lines)).toBe(
      'mg k N30 v f c O1 k\r\nmg k O2 k\r\nmg k v f O3 k q\r\nmg w6k= b v f O4 q\r\n',
    )
  })

  it.each(['', '\ud800', 7 as unknown as string])('adds nothing for %j, which is no key', (key) => {
    const lines = new ReadLines(new Opaques())
    lines.add('a', PLAIN_FLAGS)

    expect(() => lines.addQuiet(key)).toThrow(expect.objectContaining({ code: 'ERR_KEY_INVALID' }))
    lines.add('b', PLAIN_FLAGS)
    expect(textOf(lines)).toBe('mg a v f O1 k\r\nmg b v f O2 k\r\n')
  })

  it('begins again once nobody holds a text, and not before', () => {
    const lines = new ReadLines(new Opaques())
    lines.add('a', PLAIN_FLAGS)
    lines.hold()
    lines.hold()
    lines.release()
    lines.add('b', PLAIN_FLAGS)
    expect(textOf(lines)).toBe('mg a v f O1 k\r\nmg b v f O2 k\r\n')

    lines.release()
    lines.add('c', PLAIN_FLAGS)
    expect(textOf(lines)).toBe('mg c v f O3 k\r\n')
  })

  it('grows as far as it has to, keeps what it holds, and lets go of it then', () => {
    const lines = new ReadLines(new Opaques())
    lines.hold()
    for (let i = 0; i < 5000; i++) lines.add(`key:${i}`, PLAIN_FLAGS)
    const all = Array.from({ length: 5000 }, (_, i) => `mg key:${i} v f O${i + 1} k\r\n`)
    expect(textOf(lines)).toBe(all.join(''))

    lines.release()
    expect(lines.block.length).toBe(0)
  })

  it.each([
    ['plain', PLAIN_FLAGS, false],
    ['quiet', PLAIN_FLAGS, true],
    ['with other flags', readFlags(' N30 v f c'), false],
  ])('is read again, line by line: %s', (_, flags, isQuiet) => {
    const keys = ['k', 'é', LONG, 'b', 'y'.repeat(250)]
    const opaques = new Opaques()
    const lines = new ReadLines(opaques)
    const gap = gapOf(flags, isQuiet)
    // Past where opaques become longer.
    const all = Array.from({ length: 200 }, () => keys).flat()
    for (const key of all) {
      if (isQuiet) lines.addQuiet(key)
      else lines.add(key, flags)
    }
    const { block } = lines
    const sentIn = new DataView(block.buffer, block.byteOffset, block.length)

    let keyAt = 3
    for (const [i, key] of all.entries()) {
      expect(keyOfLine(sentIn, keyAt)).toEqual({ ...wireKey(key), hashed: false })
      keyAt = nextKeyAt(keyEnd(sentIn, keyAt), i + 1, gap)
    }
    expect(keyAt).toBe(lines.end + 3)
  })
})

describe('Opaques', () => {
  it('count to six digits and begin again', () => {
    const opaques = new Opaques()
    let last = 0
    for (let i = 0; i < 1_000_001; i++) last = opaques.next()

    expect([last, opaques.last]).toEqual([2, 2])
    expect(nextOpaque(999_999)).toBe(1)
    expect(nextOpaque(999_998, 3)).toBe(2)
    expect(opaquesBetween(999_998, 2)).toBe(3)
    expect(opaquesBetween(7, 7)).toBe(0)
  })
})

function textOf(lines: ReadLines): string {
  return lines.block.toString('latin1', 0, lines.end)
}
