import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeEnvelope, encodeEnvelope } from '../../src/codec/envelope.ts'

const text = fc.string({ unit: 'grapheme' })
const times = fc.double({ min: 0, noNaN: true })
const anyEnvelope = fc.record({
  createdAtMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
  ttlMs: times,
  staleForMs: times,
  key: fc.option(fc.string({ unit: 'grapheme', minLength: 1 }), { nil: undefined }),
  tags: fc.option(
    fc.array(fc.tuple(text, text)).map((pairs) => new Map(pairs)),
    { nil: undefined },
  ),
  etag: fc.option(text, { nil: undefined }),
  codec: fc.option(text, { nil: undefined }),
  flags: fc.constantFrom(0, 2, 16, 32, 64, 128),
  body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
})

it('gives back every envelope', () => {
  fc.assert(
    fc.property(anyEnvelope, (envelope) => {
      expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope)
    }),
    { numRuns: 500 },
  )
})

it('takes any bytes for an envelope or for none', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 100 }), (version, bytes) => {
      const like = Buffer.from([version, ...bytes])
      const envelope = decodeEnvelope(like)
      if (envelope === undefined) return
      expect(envelope.body.length).toBeLessThanOrEqual(like.length - 40)
    }),
    { numRuns: 2000 },
  )
})

it('takes an envelope with a few other bytes for an envelope or for none', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(anyEnvelope, changes, (envelope, changes) => {
      const bytes = encodeEnvelope(envelope)
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      const read = decodeEnvelope(bytes)
      if (read === undefined) return
      const texts = [...(read.tags ?? [])].flat().join('') + (read.etag ?? '') + (read.codec ?? '')
      expect(texts.length + read.body.length).toBeLessThanOrEqual(bytes.length)
    }),
    { numRuns: 2000 },
  )
})
