import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Chunking } from '../../../src/client/chunks/chunking.ts'
import {
  Checksum,
  countChunks,
  formatManifest,
  parseManifest,
  sizeOfChunk,
} from '../../../src/client/chunks/manifest.ts'

const NONCE = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const MANIFEST = {
  nonce: NONCE,
  size: 1_500_000,
  chunkBytes: 524_032,
  flags: 7,
  checksum: 0xdead_beef,
}
const WIRE =
  '7265707269736501' +
  '000102030405060708090a0b0c0d0e0f' +
  '0016e360' +
  '0007ff00' +
  '00000007' +
  'deadbeef' +
  'SEAL'

describe('a manifest', () => {
  it('is 44 bytes: magic and version, nonce, sizes, flags, checksum, and its own checksum', () => {
    const bytes = formatManifest(MANIFEST)

    expect(bytes.toString('hex')).toBe(WIRE.replace('SEAL', sealOf(bytes)))
    expect(bytes.length).toBe(44)
    expect(parseManifest(bytes)).toEqual(MANIFEST)
  })

  it('does not keep the bytes that it was read from', () => {
    const bytes = formatManifest(MANIFEST)
    const { nonce } = parseManifest(bytes) ?? { nonce: undefined }

    bytes.fill(0)
    expect(nonce).toEqual(NONCE)
  })

  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['one byte less', (good: Buffer) => good.subarray(0, 43)],
    ['what was appended to one', (good: Buffer) => Buffer.concat([good, Buffer.from('x')])],
    ['what was put before one', (good: Buffer) => Buffer.concat([Buffer.from('x'), good])],
    ['another version', (good: Buffer) => resealed(good, 7, 2)],
    ['another magic', (good: Buffer) => resealed(good, 0, 0x73)],
    ['one byte of the same length', (good: Buffer) => changed(good, 27)],
    ['its own checksum changed', (good: Buffer) => changed(good, 43)],
  ])('is not %s', (_, make) => {
    expect(parseManifest(make(formatManifest(MANIFEST)))).toBeUndefined()
  })
})

describe('the chunks of a value', () => {
  it.each([
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [20, [10, 10]],
    [21, [10, 10, 1]],
  ])('of %d bytes in chunks of 10 have %j', (size, sizes) => {
    const plan = { size, chunkBytes: 10 }

    expect(
      Array.from({ length: countChunks(plan) }, (_, index) => sizeOfChunk(plan, index)),
    ).toEqual(sizes)
  })

  it('have a checksum that their order of coming does not change, and their places do', () => {
    const [a, b] = [Buffer.from('first'), Buffer.from('other')]

    expect(checksumOf([0, a], [1, b])).toBe(checksumOf([1, b], [0, a]))
    expect(checksumOf([0, a], [1, b])).not.toBe(checksumOf([0, b], [1, a]))
  })
})

describe('the sizes of a client', () => {
  const limits = { maxValueBytes: 1_048_576, maxPendingBytes: 67_108_864, maxPending: 10_000 }

  it('fit what is whole into an item with any key, and two chunks into a page', () => {
    const sizes = new Chunking(67_108_864, limits)

    // 48 header, 8 version, 251 key, 4 flags, 2 line end.
    expect(sizes.maxWholeBytes + 48 + 8 + 251 + 4 + 2).toBeLessThanOrEqual(1_048_576)
    // 180 are the longest key of a chunk.
    expect(sizes.chunkBytes + 48 + 8 + 181 + 4 + 2).toBeLessThanOrEqual(524_288)
  })

  it.each([
    [{ ...limits, maxValueBytes: 1024 }, 704],
    [{ ...limits, maxPendingBytes: 10_000 }, 9_680],
    [{ ...limits, maxValueBytes: 8_388_608 }, 524_032],
  ])('stay below the limits of the client: %j', (given, chunkBytes) => {
    expect(new Chunking(67_108_864, given).chunkBytes).toBe(chunkBytes)
  })

  it.each([
    ['nothing, which is still being written', { size: 0 }],
    ['a byte more than the limit', { size: 1_000_001 }],
    ['4 GiB', { size: 0xffff_ffff }],
    ['chunks of nothing', { chunkBytes: 0 }],
    ['a million commands', { chunkBytes: 1 }],
    ['chunks that no reply may have', { chunkBytes: 1_048_577 }],
  ])('refuse a manifest of %s', (_, part) => {
    const sizes = new Chunking(1_000_000, limits)
    const good = { ...MANIFEST, size: 1_000_000 }

    expect(sizes.admits(good)).toBe(true)
    expect(sizes.admits({ ...good, ...part })).toBe(false)
  })
})

function sealOf(bytes: Buffer): string {
  return crc32(bytes.subarray(0, 40)).toString(16).padStart(8, '0')
}

function changed(good: Buffer, at: number): Buffer {
  const bytes = Buffer.from(good)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return bytes
}

function resealed(good: Buffer, at: number, byte: number): Buffer {
  const bytes = Buffer.from(good)
  bytes.writeUInt8(byte, at)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 40)), 40)
  return bytes
}

function checksumOf(...chunks: [number, Buffer][]): number {
  const checksum = new Checksum(chunks.length)
  for (const [index, chunk] of chunks) checksum.add(index, chunk)
  return checksum.value
}
