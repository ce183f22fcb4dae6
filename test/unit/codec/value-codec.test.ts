import { describe, expect, it } from 'vitest'
import type { CodecOptions } from '../../../src/codec/codec-options.ts'
import type { Header } from '../../../src/codec/envelope.ts'
import { ValueCodec } from '../../../src/codec/value-codec.ts'
import { CacheError } from '../../../src/errors.ts'
import { publishedErrors } from '../../support/published.ts'

const header: Header = { createdAtMs: 0, ttlMs: 1000, staleForMs: 0, key: undefined }
const upperCase = {
  name: 'upper',
  encode: (value: unknown) => Buffer.from(`${value}`.toUpperCase()),
  decode: (bytes: Buffer) => bytes.toString().toLowerCase(),
}

describe('raw forms', () => {
  it.each([
    ['text', 'v', 'any', 16],
    ['text that was computed', 'v', 'integers', 256],
    ['a whole number', 5, 'any', 2],
    ['a whole number that was computed', 5, 'integers', 2],
    ['a whole number with a header', 5, 'none', 256],
    ['no bytes, which would be the placeholder of a lease', Buffer.alloc(0), 'any', 256],
    ['some bytes', Buffer.from('x'), 'any', 0],
  ] as const)('%s', (_name, value, raw, flags) => {
    expect(new ValueCodec().encode('k', value, header, raw).flags).toBe(flags)
  })

  it('are left where something has to be said of the value', () => {
    const flagsWith = (options: CodecOptions, value: unknown) => {
      return new ValueCodec(options).encode('k', value, header, 'any').flags
    }
    const long = 'x'.repeat(2000)

    expect(flagsWith({ compress: true }, long)).toBe(256 + 1024)
    expect(flagsWith({ compress: true }, 'short')).toBe(16)
    expect(flagsWith({ secret: 's' }, 'short')).toBe(256 + 4096)
    expect(flagsWith({ secret: 's', compress: true }, long)).toBe(256 + 1024 + 4096)
    expect(flagsWith({ secret: 's', compress: true, codec: upperCase }, 7)).toBe(2)
    expect(flagsWith({ codec: upperCase }, 'short')).toBe(256)
  })
})

describe('a codec of one’s own', () => {
  const codec = new ValueCodec({ codec: upperCase })

  it('writes and reads every value but whole numbers', () => {
    expect(through(codec, 'text')).toBe('text')
    expect(codec.encode('k', 'text', header, 'any').bytes.toString()).toContain('TEXT')
    expect(through(codec, 1.5)).toBe('1.5')
    expect(codec.encode('k', 7, header, 'any').bytes.toString()).toBe('7')
  })

  it('reads what was stored without it', () => {
    const { flags, bytes } = new ValueCodec().encode('k', { a: 1 }, header, 'any')

    expect(codec.raw(flags, bytes)).toEqual({ a: 1 })
  })

  it('reads nothing of another codec, and nobody reads what it wrote', () => {
    const { flags, bytes } = codec.encode('k', 'text', header, 'none')
    const other = new ValueCodec({ codec: { ...upperCase, name: 'upper/2' } })

    expect(read(other, flags, bytes)).toBeUndefined()
    expect(read(new ValueCodec(), flags, bytes)).toBeUndefined()
  })

  it('rejects a write that it cannot make, with what it threw', () => {
    const cause = new Error('no')
    const fails = new ValueCodec({
      codec: {
        ...upperCase,
        encode: () => {
          throw cause
        },
      },
    })
    const gives = new ValueCodec({
      codec: { ...upperCase, encode: () => 'text' as unknown as Uint8Array },
    })

    expect(() => fails.encode('k', 'v', header, 'any')).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_INVALID', cause }),
    )
    expect(() => gives.encode('k', 'v', header, 'any')).toThrow('must return a Uint8Array')
    expect(() => codec.encode('k', undefined, header, 'any')).toThrow('The value is undefined')
  })

  it('misses what it cannot read, and tells', () => {
    const cause = new Error('no')
    const fails = new ValueCodec({
      codec: {
        ...upperCase,
        decode: () => {
          throw cause
        },
      },
    })
    using errors = publishedErrors()

    expect(through(fails, 'v')).toBeUndefined()
    expect(errors.messages).toEqual([
      {
        error: expect.objectContaining({ code: 'ERR_VALUE_INVALID', cause }),
        operation: 'decode',
      },
    ])
  })
})

describe('options', () => {
  it.each([
    [{ secrets: ['s'] }, 'There is no option "secrets"'],
    [{ secret: '' }, '`secret` must be a text or bytes'],
    [{ secret: [] }, '`secret` must be a text or bytes'],
    [{ secret: ['a', 7] }, '`secret` must be a text or bytes'],
    [{ codec: upperCase.encode }, '`codec` is'],
    [{ codec: { ...upperCase, decode: undefined } }, '`codec` is'],
    [{ codec: { ...upperCase, name: '' } }, '`codec.name` is ""'],
    [{ compress: 'zstd' }, '`compress` is "zstd"'],
    [{ compress: { algorithm: 'gzip' } }, '`compress.algorithm` is "gzip"'],
    [{ compress: { level: 0 } }, '`compress.level` is 0: it must be a whole number from 1 to 11'],
    [{ compress: { level: 23, algorithm: 'zstd' } }, 'from 1 to 22'],
    [{ compress: { thresholdBytes: 0 } }, '`compress.thresholdBytes` is 0'],
    [{ compress: { threshold: 1 } }, 'There is no option "threshold" in `compress`'],
    [{ maxDecodedBytes: 0 }, '`maxDecodedBytes` is 0'],
  ])('refuses %j', (options, message) => {
    const open = () => new ValueCodec(options as unknown as CodecOptions)

    expect(open).toThrow(CacheError)
    expect(open).toThrow(message)
  })

  it('takes sizes as text, and one setting for a fleet in which not all write zstd', () => {
    const compress = { thresholdBytes: '1kb', algorithm: 'zstd', level: 19 } as const

    expect(() => new ValueCodec({ compress, maxDecodedBytes: '8mb' })).not.toThrow()
  })

  it('shows no secret', () => {
    const open = () => new ValueCodec({ secret: ['hush', ''] })

    expect(open).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hush') }))
  })
})

function through(codec: ValueCodec, value: unknown): unknown {
  const { flags, bytes } = codec.encode('k', value, header, 'none')
  return read(codec, flags, bytes)
}

function read(codec: ValueCodec, flags: number, bytes: Buffer): unknown {
  const envelope = codec.open('k', flags, bytes)
  return envelope && codec.value(flags, envelope)
}
