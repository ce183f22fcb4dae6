import { describe, expect, it } from 'vitest'
import { decodeEnvelope, encodeEnvelope } from '../../../src/codec/envelope.ts'

const envelope = {
  createdAtMs: 1_767_225_600_000.5,
  ttlMs: 500,
  staleForMs: Infinity,
  key: 'schlüssel',
  flags: 16,
  body: Buffer.from('value'),
}

describe('envelope', () => {
  it('is read as it was written', () => {
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope)
    const plain = { ...envelope, key: undefined, body: Buffer.alloc(0) }
    expect(decodeEnvelope(encodeEnvelope(plain))).toEqual(plain)
  })

  it('has the documented layout', () => {
    const bytes = encodeEnvelope({ ...envelope, key: 'k', ttlMs: Infinity, body: Buffer.from('v') })

    expect(bytes.toString('hex')).toBe(
      '0110000029000000000880aa6db77942000000000000f07f000000000000f07f01000000000000006b76',
    )
  })

  it('has the documented layout with tags, an etag and a codec', () => {
    const tags = new Map([
      ['t', 'v1'],
      ['ü', ''],
    ])
    const bytes = encodeEnvelope({ ...envelope, key: 'k', tags, etag: 'e', codec: 'c', flags: 128 })

    expect(bytes.subarray(0, 8).toString('hex')).toBe('0280000053000000')
    expect(bytes.subarray(40, 83).toString('hex')).toBe(
      // the key · the etag · the codec · the tags: how many, sizes, texts
      `6b${'010100000065'}${'030100000063'}${'0219000000'}02000000` +
        `${'0100000002000000'}${'0200000000000000'}747631c3bc`,
    )
    expect(decodeEnvelope(bytes)).toEqual({
      ...envelope,
      key: 'k',
      tags,
      etag: 'e',
      codec: 'c',
      flags: 128,
    })
  })

  it('has another version with tags, so that who does not know of them has a miss', () => {
    expect(encodeEnvelope({ ...envelope, tags: new Map([['t', 'v']]) })[0]).toBe(2)
    expect(encodeEnvelope({ ...envelope, etag: 'e' })[0]).toBe(1)
  })

  it('has at most 1000 tags', () => {
    const tagsOf = (count: number) =>
      new Map(Array.from({ length: count }, (_, i) => [`t${i}`, 'v'] as const))
    const bytes = encodeEnvelope({ ...envelope, tags: tagsOf(1000) })

    expect(decodeEnvelope(bytes)?.tags?.size).toBe(1000)
    expect(() => encodeEnvelope({ ...envelope, tags: tagsOf(1001) })).toThrow(
      'An entry has 1001 tags: it must be at most 1000.',
    )
    expect(decodeEnvelope(withTags(1000))?.tags?.size).toBe(1000)
    expect(decodeEnvelope(withTags(1001))).toBeUndefined()
  })

  it('lets later versions add to the header', () => {
    const bytes = encodeEnvelope({ ...envelope, key: undefined })
    const later = Buffer.from([200, 5, 0, 0, 0, ...Buffer.from('later')])
    const longer = Buffer.concat([bytes.subarray(0, 40), later, bytes.subarray(40)])
    longer.writeUInt32LE(50, 4)

    expect(decodeEnvelope(longer)?.body.toString()).toBe('value')
    longer.writeUInt8(2, 0)
    expect(decodeEnvelope(longer)).toBeUndefined()
  })

  it.each([
    ['without fields', envelope],
    ['with an etag', { ...envelope, etag: 'e' }],
    ['with tags', { ...envelope, tags: new Map([['t', 'v']]) }],
  ])('is no envelope when it is cut, wherever: %s', (_name, envelope) => {
    const bytes = encodeEnvelope(envelope)
    for (let length = 0; length < bytes.length - envelope.body.length; length++) {
      expect(decodeEnvelope(bytes.subarray(0, length))).toBeUndefined()
    }
  })

  it.each([
    ['another version', 0, [3]],
    ['a form of its own', 1, [64 + 16]],
    ['an envelope inside', 1, [255]],
    ['a body before the header ends', 4, [39, 0, 0, 0]],
    ['a body behind the end', 4, [255, 0, 0, 0]],
    ['no time', 8, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
    ['a negative ttl', 16, [0, 0, 0, 0, 0, 0, 0xf0, 0xbf]],
    ['no stale window', 24, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
    ['a key that is longer than all of it', 32, [0xff, 0xff, 0xff, 0xff]],
    ['a field that is longer than all of it', 51, [0xff, 0xff, 0xff, 0xff]],
    ['fewer tags than there are', 55, [0, 0, 0, 0]],
    ['more tags than there are', 55, [2, 0, 0, 0]],
    ['a tag that is longer than all of them', 59, [0xff, 0xff, 0xff, 0xff]],
    ['a tag that is shorter', 59, [0, 0, 0, 0]],
  ])('is none with %s', (_name, at, patch) => {
    const bytes = encodeEnvelope({ ...envelope, tags: new Map([['t', 'v']]) })
    bytes.set(patch, at)

    expect(decodeEnvelope(bytes)).toBeUndefined()
  })
})

/** An envelope with tags `00000`, `00001`, … without versions, made by hand. */
function withTags(count: number): Buffer {
  const field = Buffer.alloc(5 + 4 + 13 * count, '0')
  field.writeUInt8(2, 0)
  field.writeUInt32LE(4 + 13 * count, 1)
  field.writeUInt32LE(count, 5)
  for (let i = 0; i < count; i++) {
    field.writeUInt32LE(5, 9 + 8 * i)
    field.writeUInt32LE(0, 13 + 8 * i)
    field.write(`${i}`.padStart(5, '0'), 9 + 8 * count + 5 * i)
  }
  const bytes = Buffer.alloc(40)
  bytes.writeUInt8(2, 0)
  bytes.writeUInt32LE(40 + field.length, 4)
  return Buffer.concat([bytes, field])
}
