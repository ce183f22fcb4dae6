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

  it('lets later versions add to the header', () => {
    const bytes = encodeEnvelope({ ...envelope, key: undefined })
    const longer = Buffer.concat([bytes.subarray(0, 40), Buffer.from('later'), bytes.subarray(40)])
    longer.writeUInt32LE(45, 4)

    expect(decodeEnvelope(longer)?.body.toString()).toBe('value')
  })

  it('is no envelope when it is cut, wherever', () => {
    const bytes = encodeEnvelope(envelope)
    for (let length = 0; length < bytes.length - envelope.body.length; length++) {
      expect(decodeEnvelope(bytes.subarray(0, length))).toBeUndefined()
    }
  })

  it.each([
    ['another version', 0, [2]],
    ['a form of its own', 1, [64 + 16]],
    ['an envelope inside', 1, [255]],
    ['a body before the header ends', 4, [39, 0, 0, 0]],
    ['a body behind the end', 4, [255, 0, 0, 0]],
    ['no time', 8, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
    ['a negative ttl', 16, [0, 0, 0, 0, 0, 0, 0xf0, 0xbf]],
    ['no stale window', 24, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
    ['a key that is longer than all of it', 32, [0xff, 0xff, 0xff, 0xff]],
  ])('is none with %s', (_name, at, patch) => {
    const bytes = encodeEnvelope(envelope)
    bytes.set(patch, at)

    expect(decodeEnvelope(bytes)).toBeUndefined()
  })
})
