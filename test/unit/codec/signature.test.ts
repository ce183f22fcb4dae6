import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeEnvelope, type Header } from '../../../src/codec/envelope.ts'
import { ValueCodec } from '../../../src/codec/value-codec.ts'
import { publishedErrors } from '../../support/published.ts'

const header: Header = { createdAtMs: 0, ttlMs: 1000, staleForMs: 0, key: undefined }
const signed = new ValueCodec({ secret: 'new' })
const { flags, bytes } = signed.encode('shop:1:k', 'v', header, 'any')

describe('a signed entry', () => {
  it('is an envelope with 32 bytes more', () => {
    expect(flags).toBe(4352)
    expect(decodeEnvelope(bytes.subarray(0, -32))?.body.toString()).toBe('v')
    const head = Buffer.from('08000000' + '00110000', 'hex')
    const signature = createHmac('sha256', 'new')
      .update(Buffer.concat([head, Buffer.from('shop:1:k'), bytes.subarray(0, -32)]))
      .digest('hex')
    expect(bytes.subarray(-32).toString('hex')).toBe(signature)
  })

  it('is read with its secret, be that a text, bytes or one of a list', () => {
    for (const secret of ['new', Buffer.from('new'), ['newer', 'new'], [Buffer.from('new')]]) {
      expect(read(new ValueCodec({ secret }), 'shop:1:k')).toBe('v')
    }
    expect(read(new ValueCodec({ secret: ['newer', 'old'] }), 'shop:1:k')).toBeUndefined()
  })

  it('is signed by the first secret of a list', () => {
    const both = new ValueCodec({ secret: ['new', 'old'] })
    const other = both.encode('shop:1:k', 'v', header, 'any')

    expect(other.bytes).toEqual(bytes)
  })

  it('is read without a secret, by those who trust the server', () => {
    expect(read(new ValueCodec(), 'shop:1:k')).toBe('v')
  })

  it('is none under another key, and that is told', () => {
    using errors = publishedErrors()

    expect(read(signed, 'shop:1:j')).toBeUndefined()
    expect(errors.messages.map(({ error }) => error)).toEqual([
      expect.objectContaining({ code: 'ERR_VALUE_INVALID' }),
    ])
  })

  it('is none under other flags', () => {
    expect(signed.open('shop:1:k', 4352 + 512, bytes)).toBeUndefined()
  })

  it('is none when any of its bytes is another, or one is missing', () => {
    for (let at = 0; at < bytes.length; at++) {
      const forged = Buffer.from(bytes)
      forged[at] = (forged[at] ?? 0) ^ 1
      expect(signed.open('shop:1:k', flags, forged)).toBeUndefined()
    }
    for (let size = 0; size < bytes.length; size++) {
      expect(signed.open('shop:1:k', flags, bytes.subarray(0, size))).toBeUndefined()
    }
  })
})

describe('with a secret', () => {
  it('nothing unsigned is read, but whole numbers', () => {
    const plain = new ValueCodec()
    const enveloped = plain.encode('k', 'v', header, 'none')

    expect(signed.open('k', enveloped.flags, enveloped.bytes)).toBeUndefined()
    for (const form of [0, 16, 32, 64]) expect(signed.raw(form, Buffer.from('1'))).toBeUndefined()
    expect(signed.raw(2, Buffer.from('1'))).toBe(1)
  })

  it('is signed what is compressed, and what a custom codec wrote', () => {
    const codec = new ValueCodec({
      secret: 'new',
      compress: true,
      codec: {
        name: 'json',
        encode: (value) => Buffer.from(JSON.stringify(value)),
        decode: (bytes) => JSON.parse(bytes.toString()),
      },
    })
    const item = codec.encode('k', { text: 'x'.repeat(2000) }, header, 'any')
    const envelope = codec.open('k', item.flags, item.bytes)

    expect(item.flags).toBe(256 + 1024 + 4096)
    expect(envelope?.flags).toBe(128)
    expect(envelope && codec.value(item.flags, envelope)).toEqual({ text: 'x'.repeat(2000) })
    item.bytes[60] = (item.bytes[60] ?? 0) ^ 1
    expect(codec.open('k', item.flags, item.bytes)).toBeUndefined()
  })
})

function read(codec: ValueCodec, key: string): unknown {
  const envelope = codec.open(key, flags, bytes)
  return envelope && codec.value(flags, envelope)
}
