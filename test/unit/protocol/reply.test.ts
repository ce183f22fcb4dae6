import { describe, expect, it } from 'vitest'
import { isHarmless, isUnknownFlag, parseReply } from '../../../src/protocol/reply.ts'

describe('parseReply', () => {
  it.each([
    ['HD h0 l0', { hitBefore: false, lastAccess: 0 }],
    ['HD h1 l86400', { hitBefore: true, lastAccess: 86_400 }],
    ['HD O1 kfoo', { hitBefore: undefined, lastAccess: undefined }],
    ['HD s6 c12 O1 kfoo', { status: 'HD', size: 6, cas: 12n }],
    ['NS c0 kfoo O1', { status: 'NS', cas: 0n, key: 'foo' }],
    ['VA 1 c30 t-1 O1 kn', { status: 'VA', cas: 30n, ttl: -1 }],
  ])('reads %j', (line, expected) => {
    expect(parseReply(line)).toMatchObject(expected)
  })

  it.each([
    ['HD hx', 'a hit that is neither 0 nor 1'],
    ['HD h2', 'a hit that is neither 0 nor 1'],
    ['HD h', 'a hit that is neither 0 nor 1'],
    ['HD l-1', 'an access time that is no number'],
    ['HD l', 'an access time that is no number'],
    ['HD y1', 'a flag that was not asked for'],
  ])('refuses %j', (line, what) => {
    expect(() => parseReply(line)).toThrow(
      expect.objectContaining({ code: 'ERR_PROTOCOL', message: expect.stringContaining(what) }),
    )
  })
})

describe('a refused flag', () => {
  it.each([
    ['invalid flag', true],
    ['invalid or duplicate flag', true],
    ['duplicate flag', false],
    ['invalid flags', false],
    ['options flags too long', false],
    ['options flags are too long', false],
    ['bad token in command line format', false],
  ])('CLIENT_ERROR %s: %s', (text, expected) => {
    const reply = { kind: 'error', word: 'CLIENT_ERROR', text } as const
    expect(isHarmless(reply)).toBe(expected)
    expect(isUnknownFlag(reply)).toBe(expected)
  })

  it('is a CLIENT_ERROR', () => {
    expect(isUnknownFlag({ kind: 'error', word: 'ERROR', text: 'invalid flag' })).toBe(false)
    expect(isHarmless({ kind: 'error', word: 'ERROR', text: 'invalid flag' })).toBe(false)
  })
})
