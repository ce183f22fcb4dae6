import { describe, expect, it } from 'vitest'
import {
  decodeEntry,
  encodeEntry,
  type StoredPage,
  sealedEntry,
} from '../../../src/http/page-entry.ts'

const PAGE: StoredPage = {
  kind: 'page',
  status: 200,
  headers: ['Content-Type', 'text/html; charset=utf-8', 'Link', '<a>', 'Link', '<b>'],
  createdAt: 1_700_000_000_123,
  age: 3,
  ttl: 60.5,
  vary: ['accept-language'],
  nonce: 'n',
  body: Buffer.from([0, 255, 13, 10, 0]),
  codings: [
    { coding: 'br', body: Buffer.from([1, 2, 3]) },
    { coding: 'gzip', body: Buffer.from([4]) },
  ],
}

/** A frame around any JSON. */
function frame(head: unknown, body: Buffer = Buffer.alloc(0)): Buffer {
  const json = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head))
  const preamble = Buffer.from([0x52, 0x50, 0x47, 2, 0, 0, 0, 0, 0, 0, 0, 0])
  preamble.writeUInt32BE(json.length, 4)
  preamble.writeUInt32BE(body.length, 8)
  return Buffer.concat([preamble, json, body])
}

describe('a stored page', () => {
  it('25: is read as it was written', () => {
    expect(decodeEntry(encodeEntry(PAGE))).toEqual(PAGE)
    expect(decodeEntry(new Uint8Array(encodeEntry(PAGE)))).toEqual(PAGE)
  })

  it('may be empty', () => {
    const empty = { ...PAGE, body: Buffer.alloc(0), codings: [] }

    expect(decodeEntry(encodeEntry(empty))).toEqual(empty)
  })

  it('is told from a marker', () => {
    const marker = { kind: 'marker', vary: ['accept', 'cookie'], nonce: 'n' } as const

    expect(decodeEntry(encodeEntry(marker))).toEqual(marker)
  })

  it('62: is a miss however it was cut or lengthened', () => {
    const bytes = encodeEntry(PAGE)
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeEntry(bytes.subarray(0, length))).toBeUndefined()
    }
    expect(decodeEntry(Buffer.concat([bytes, Buffer.from('x')]))).toBeUndefined()
  })

  it('62: is a miss where its magic, version or lengths are others', () => {
    for (let at = 0; at < 12; at++) {
      const bytes = Buffer.from(encodeEntry(PAGE))
      bytes[at] = (bytes[at] ?? 0) ^ 0x11
      expect(decodeEntry(bytes)).toBeUndefined()
    }
  })

  it.each([undefined, null, 'RPG', 7, {}, [1, 2]])('63: is a miss where %j lies', (value) => {
    expect(decodeEntry(value)).toBeUndefined()
  })

  const head = { ...PAGE, body: undefined, codings: [] as unknown }
  it.each([
    'no JSON',
    'null',
    '[]',
    { ...head, kind: 'other' },
    { ...head, vary: 'accept' },
    { ...head, vary: [1] },
    { ...head, nonce: 1 },
    { ...head, headers: ['odd'] },
    { ...head, headers: ['X-A', 'a\r\nSet-Cookie: b=c'] },
    { ...head, headers: ['X-A', '\u0100'] },
    { ...head, headers: ['X A', 'a'] },
    { ...head, headers: ['', 'a'] },
    { ...head, headers: [1, 2] },
    { ...head, headers: undefined },
    { ...head, status: '200' },
    { ...head, status: 199 },
    { ...head, status: 600 },
    { ...head, status: 200.5 },
    { ...head, createdAt: null },
    { ...head, age: -1 },
    { ...head, ttl: '60' },
    { ...head, codings: undefined },
    { ...head, codings: {} },
    { ...head, codings: ['br'] },
    { ...head, codings: [['deflate', 1]] },
    { ...head, codings: [['br', 0]] },
    { ...head, codings: [['br', -1]] },
    { ...head, codings: [['br', 1.5]] },
    { ...head, codings: [['br', '1']] },
    { ...head, codings: [['br', 1, 2]] },
  ])('63: is a miss with the head %j', (wrong) => {
    expect(decodeEntry(frame(wrong))).toBeUndefined()
  })

  it('63: takes nothing from a head that it does not know', () => {
    const hostile = JSON.stringify({ ...head, isAdmin: true }).replace('{', '{"__proto__":{"a":1},')
    const decoded = decodeEntry(frame(hostile, PAGE.body))

    expect(decoded).toEqual({ ...PAGE, codings: [] })
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('a')
  })

  it('62: is a miss where a coding is named twice, or longer than what is there', () => {
    const twice = {
      ...head,
      codings: [
        ['br', 1],
        ['br', 1],
      ],
    }
    expect(decodeEntry(frame(twice, Buffer.from('ab')))).toBeUndefined()
    const long = { ...head, codings: [['br', 4_000_000_000]] }
    expect(decodeEntry(frame(long, Buffer.from('ab')))).toBeUndefined()
  })

  it('62: is a miss in the form of the version before', () => {
    const old = Buffer.from(encodeEntry(PAGE))
    old[3] = 1
    expect(decodeEntry(old)).toBeUndefined()
  })

  it('refuses a head that nobody would read', () => {
    const headers = ['X-Long', 'x'.repeat(300_000)]
    expect(() => encodeEntry({ ...PAGE, headers })).toThrow('at most 262144 are kept')
  })

  it('is read once from a frame of this process, and gives views of it', () => {
    const bytes = sealedEntry(PAGE)
    const page = decodeEntry(bytes) as StoredPage

    expect(decodeEntry(bytes)).toBe(page)
    expect(page.body.buffer).toBe(bytes.buffer)
    expect(page.codings[0]?.body.buffer).toBe(bytes.buffer)
  })

  it('has its head read once, however often its bytes come anew', () => {
    const one = decodeEntry(encodeEntry(PAGE)) as StoredPage
    const other = decodeEntry(encodeEntry(PAGE)) as StoredPage

    expect(other.headers).toBe(one.headers)
    expect(other.body).not.toBe(one.body)
  })
})
