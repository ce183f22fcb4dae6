import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { CodecOptions } from '../../../src/codec/codec-options.ts'
import { encodeEnvelope, type Header } from '../../../src/codec/envelope.ts'
import { ValueCodec } from '../../../src/codec/value-codec.ts'
import { publishedErrors } from '../../support/published.ts'

const header: Header = { createdAtMs: 0, ttlMs: 1000, staleForMs: 0, key: undefined }
const long = 'a river, a stone and a window. '.repeat(100)
const hasZstd = 'zstdCompressSync' in zlib

// Literal, of 16 times 'abcdefgh' as text, so that what one Node writes another is held to read.
const WRITTEN = [
  ['deflate, by Node 20 and 26', 512, '78014b4c4a4e494d4bcf481c201a00a7b43241'],
  [
    'brotli, by Node 20 and 26',
    1024,
    '8b3f000080aaaaaaeaff703af3b2c0015cfc4a97e6171b8c397614504ef71e1a',
  ],
  ['zstd, by Node 26', 2048, '28b52ffd20807d000040616263646566676801007569e102'],
] as const

describe('compression', () => {
  it.each([
    ['brotli', 1024],
    ['deflate', 512],
    ['zstd', hasZstd ? 2048 : 1024],
  ] as const)('writes %s and reads it', (algorithm, flag) => {
    const codec = new ValueCodec({ compress: { algorithm } })
    const { flags, bytes } = codec.encode('k', { long, at: new Date(5) }, header, 'any')

    expect(flags).toBe(256 + flag)
    expect(bytes.length).toBeLessThan(300)
    expect(read(codec, flags, bytes)).toEqual({ long, at: new Date(5) })
    // What reads does not have to be told.
    expect(read(new ValueCodec(), flags, bytes)).toEqual({ long, at: new Date(5) })
  })

  it.each(WRITTEN)('reads what was written: %s', (_name, flag, hex) => {
    const bytes = encodeEnvelope({ ...header, flags: 16, body: Buffer.from(hex, 'hex') })
    const expected = flag === 2048 && !hasZstd ? undefined : 'abcdefgh'.repeat(16)

    expect(read(new ValueCodec(), 256 + flag, bytes)).toBe(expected)
  })

  it('leaves what is short, and what is not worth it', () => {
    const codec = new ValueCodec({ compress: true })
    const noise = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255))
    const mixed = Buffer.concat([zlib.brotliCompressSync(noise), noise.subarray(0, 50)])

    expect(codec.encode('k', 'x'.repeat(1023), header, 'any').flags).toBe(16)
    expect(codec.encode('k', 'x'.repeat(1024), header, 'any').flags).toBe(256 + 1024)
    expect(codec.encode('k', mixed, header, 'any').flags).toBe(0)
  })

  it('goes by its threshold and level', () => {
    const size = (compress: CodecOptions['compress'] & object) => {
      return new ValueCodec({ compress }).encode('k', varied(), header, 'any').bytes.length
    }

    expect(size({ level: 11 })).toBeLessThan(size({ level: 1 }) * 0.9)
    expect(size({ algorithm: 'deflate', level: 9 })).toBeLessThan(
      size({ algorithm: 'deflate', level: 1 }),
    )
    const codec = new ValueCodec({ compress: { thresholdBytes: 50 } })
    expect(codec.encode('k', 'x'.repeat(50), header, 'any').flags).toBe(256 + 1024)
  })

  it('does not compress what it could not read again', () => {
    const codec = new ValueCodec({ compress: true, maxDecodedBytes: 3000 })

    expect(codec.encode('k', long, header, 'any').flags).toBe(16)
    expect(codec.encode('k', long.slice(0, 3000), header, 'any').flags).toBe(256 + 1024)
  })

  it('gives bytes memory of their own size', () => {
    const codec = new ValueCodec({ compress: true })
    const { flags, bytes } = codec.encode('k', Buffer.alloc(1500, 7), header, 'any')
    const value = read(codec, flags, bytes) as Buffer

    expect(value).toEqual(Buffer.alloc(1500, 7))
    expect(value.buffer.byteLength).toBeLessThanOrEqual(3000)
  })
})

describe('what cannot be unpacked', () => {
  const bomb = Buffer.alloc(40 * 1024 * 1024)

  it.each([
    ['a brotli bomb', 1024, zlib.brotliCompressSync(bomb, { params: { 1: 1 } })],
    ['a deflate bomb', 512, zlib.deflateSync(bomb, { level: 1 })],
    ['a zstd bomb', 2048, zstdBomb(bomb)],
    ['brotli that is cut', 1024, zlib.brotliCompressSync(Buffer.from(long)).subarray(0, 20)],
    ['deflate that is cut', 512, zlib.deflateSync(Buffer.from(long)).subarray(0, 20)],
    ['deflate with another byte', 512, changed(zlib.deflateSync(Buffer.from(long)))],
    ['nothing', 1024, Buffer.alloc(0)],
    ['text as brotli', 1024, Buffer.from(long)],
    ['text as deflate', 512, Buffer.from(long)],
    ['text as zstd', 2048, Buffer.from(long)],
    // A window of 128 MiB in a frame of 9 bytes.
    ['zstd that wants memory', 2048, Buffer.from('28b52ffd0088010000', 'hex')],
  ])('is a miss, and is told: %s', (_name, flag, body) => {
    const bytes = encodeEnvelope({ ...header, flags: 16, body })
    using errors = publishedErrors()

    expect(read(new ValueCodec(), 256 + flag, bytes)).toBeUndefined()
    expect(errors.messages).toHaveLength(1)
    expect(errors.messages[0]?.error).toMatchObject({ code: 'ERR_VALUE_INVALID' })
  })

  it('is what is larger than `maxDecodedBytes`', () => {
    const { flags, bytes } = new ValueCodec({ compress: true }).encode('k', long, header, 'any')

    expect(read(new ValueCodec({ maxDecodedBytes: long.length }), flags, bytes)).toBe(long)
    expect(read(new ValueCodec({ maxDecodedBytes: long.length - 1 }), flags, bytes)).toBeUndefined()
  })
})

function read(codec: ValueCodec, flags: number, bytes: Buffer): unknown {
  const envelope = codec.open('k', flags, bytes)
  return envelope && codec.value(flags, envelope)
}

function zstdBomb(bytes: Buffer): Buffer {
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
  return zstdCompressSync?.(bytes) ?? bytes.subarray(0, 10)
}

function changed(bytes: Buffer): Buffer {
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return bytes
}

/** Text that repeats, but not at once. */
function varied(): string {
  return Array.from({ length: 2000 }, (_, i) => `${(i * 7919) % 613} ${(i * 104_729) % 97}`).join()
}
