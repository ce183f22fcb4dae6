import { expect, it } from 'vitest'
import { isBodyForm, isEnvelope } from '../../../src/codec/flags.ts'
import { ValueCodec } from '../../../src/codec/value-codec.ts'

it('tells the eight kinds of envelopes from everything else', () => {
  const found: number[] = []
  for (let flags = 0; flags < 2 ** 16; flags++) if (isEnvelope(flags)) found.push(flags)

  expect(found).toEqual([256, 768, 1280, 2304, 4352, 4864, 5376, 6400])
  expect(found.some((flags) => isEnvelope(flags + 2 ** 16) || isEnvelope(flags + 2 ** 31))).toBe(
    false,
  )
  expect(found.some((flags) => isEnvelope(flags + 2 ** 32) || isEnvelope(flags - 2 ** 32))).toBe(
    false,
  )
})

it('tells the six forms of a body from everything else', () => {
  const found: number[] = []
  for (let flags = 0; flags < 256; flags++) if (isBodyForm(flags)) found.push(flags)

  expect(found).toEqual([0, 2, 16, 32, 64, 128])
})

it('reads five kinds of items without an envelope', () => {
  const codec = new ValueCodec()
  const found: number[] = []
  for (let flags = 0; flags < 2 ** 13; flags++) {
    if (codec.raw(flags, Buffer.from('1')) !== undefined) found.push(flags)
  }

  expect(found).toEqual([0, 2, 16, 32, 64])
})
