import { describe, expect, it } from 'vitest'
import { hashedKeyStart, listedKey, namesKey, wireKey } from '../../../src/protocol/key.ts'

describe('wireKey', () => {
  it('sends printable ASCII of up to 250 bytes as it is', () => {
    expect(wireKey('shop:1:k')).toEqual({ token: 'shop:1:k', base64: false, hashed: false })
    expect(wireKey('x'.repeat(250)).token).toBe('x'.repeat(250))
  })

  it.each([
    ['a space', 'a b', 'YSBi'],
    ['a line break', 'a\r\nflush_all', 'YQ0KZmx1c2hfYWxs'],
    ['a bare line feed', 'a\nb', 'YQpi'],
    ['NUL', '\0', 'AA=='],
    ['DEL', '\x7f', 'fw=='],
    ['U+010A, whose low byte is a line feed', '\u010a', 'xIo='],
    ['U+0120, whose low byte is a space', '\u0120', 'xKA='],
    ['U+2028', '\u2028', '4oCo'],
    ['letters outside ASCII', 'é', 'w6k='],
    ['a pair of surrogates', '😀', '8J+YgA=='],
  ])('sends a key with %s in base64', (_, key, token) => {
    expect(wireKey(key)).toEqual({ token, base64: true, hashed: false })
  })

  it('sends 186 bytes in base64 and hashes 187', () => {
    expect(wireKey('é'.repeat(93))).toMatchObject({ base64: true, hashed: false })
    expect(wireKey('é'.repeat(93)).token).toHaveLength(248)
    expect(wireKey(`${'é'.repeat(93)}x`)).toEqual({
      token: 'reprise##Zfr-K7DkRl56jI8KAgWJ_WLfmX7wx96Y4-hvNWhY614',
      base64: false,
      hashed: true,
    })
  })

  it('hashes 251 bytes and 126 times é, and shows the printable start', () => {
    const { token, hashed } = wireKey('x'.repeat(251))

    expect(hashed).toBe(true)
    expect(token).toHaveLength(8 + 128 + 1 + 43)
    expect(hashedKeyStart(token)).toBe('x'.repeat(128))
    expect(wireKey('é'.repeat(126)).hashed).toBe(true)
    expect(hashedKeyStart(wireKey(`shop:1:a b${'x'.repeat(250)}`).token)).toBe('shop:1:a')
  })

  it('hashes a key in the reserved space, whose base64 form would be another key on the server', () => {
    const long = 'x'.repeat(251)
    const forged = wireKey(long).token

    expect(wireKey(forged)).toMatchObject({ base64: false, hashed: true })
    expect(wireKey(forged).token).not.toBe(forged)
  })

  it.each([
    ['the empty string', '', 'it is empty'],
    ['half a pair', 'a\ud800', 'half of a surrogate pair'],
    ['the other half', '\udc00', 'half of a surrogate pair'],
    ['no string', 7 as unknown as string, 'it is not a string'],
  ])('refuses %s', (_, key, reason) => {
    expect(() => wireKey(key)).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining(reason),
      }),
    )
  })
})

describe('namesKey', () => {
  it('knows a key in the other form, in which another client stored it', () => {
    expect(namesKey(wireKey('foo'), 'foo', false)).toBe(true)
    expect(namesKey(wireKey('foo'), 'Zm9v', true)).toBe(true)
    expect(namesKey(wireKey('é'), '\u00c3\u00a9', false)).toBe(true)
  })

  it('tells another key', () => {
    expect(namesKey(wireKey('foo'), 'bar', false)).toBe(false)
    expect(namesKey(wireKey('foo'), 'Zm9w', true)).toBe(false)
    expect(namesKey(wireKey('Zm9v'), 'Zm9v', true)).toBe(false)
  })
})

describe('listedKey', () => {
  it('finds the form that reaches the bytes again', () => {
    expect(listedKey(Buffer.from('foo'))).toEqual({ token: 'foo', base64: false, hashed: false })
    expect(listedKey(Buffer.from('a b'))).toEqual({ token: 'YSBi', base64: true, hashed: false })
    const { token } = wireKey('x'.repeat(251))
    expect(listedKey(Buffer.from(token))).toEqual({ token, base64: false, hashed: true })
  })

  it('sends what is too long for base64 as it is, unless that could split a command', () => {
    const token = '\u00c3\u00a9'.repeat(100)
    expect(listedKey(Buffer.from('é'.repeat(100)))).toEqual({ token, base64: false, hashed: false })
    expect(listedKey(Buffer.from(`${'é'.repeat(100)}\r`))).toBeUndefined()
    expect(listedKey(Buffer.from('é'.repeat(126)))).toBeUndefined()
  })
})
