import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Bytes } from '../../units.ts'

/**
 * The client flags of a manifest, and of nothing else that a client with `chunked: true` stores.
 *
 * One number of 2^32, not a bit, so that every other remains its user's. Its low half is 0, where
 * other clients keep what they would decode by (pickle, JSON, zlib): they hand the bytes back.
 */
export const MANIFEST_FLAGS = 0xc4a7_0000

/** What is stored under the key of a value that was split. */
export interface Manifest {
  /** In the keys of its chunks, and of no other write's. */
  readonly nonce: Buffer
  /** Of the whole value. 0: it is still being written. */
  readonly size: Bytes
  /** Of every chunk but the last, which has the rest. */
  readonly chunkBytes: Bytes
  /** The client flags that the value was stored with. */
  readonly flags: number
  /** See {@link Checksum}. */
  readonly checksum: number
}

// Magic and version, nonce, size, chunk size, flags, checksum of the value, checksum of these.
const MAGIC = Buffer.from('reprise\x01', 'latin1')
const NONCE_BYTES = 16
const NONCE_AT = MAGIC.length
const SIZE_AT = NONCE_AT + NONCE_BYTES
const CHUNK_AT = SIZE_AT + 4
const FLAGS_AT = CHUNK_AT + 4
const CHECKSUM_AT = FLAGS_AT + 4
const SEAL_AT = CHECKSUM_AT + 4
const MANIFEST_BYTES = SEAL_AT + 4

export function newNonce(): Buffer {
  return randomBytes(NONCE_BYTES)
}

export function formatManifest(manifest: Manifest): Buffer {
  const bytes = Buffer.alloc(MANIFEST_BYTES)
  MAGIC.copy(bytes)
  manifest.nonce.copy(bytes, NONCE_AT)
  bytes.writeUInt32BE(manifest.size, SIZE_AT)
  bytes.writeUInt32BE(manifest.chunkBytes, CHUNK_AT)
  bytes.writeUInt32BE(manifest.flags, FLAGS_AT)
  bytes.writeUInt32BE(manifest.checksum, CHECKSUM_AT)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, SEAL_AT)), SEAL_AT)
  return bytes
}

/** `undefined` for whatever else was stored under its flags, or was added to it. */
export function parseManifest(bytes: Buffer): Manifest | undefined {
  if (bytes.length !== MANIFEST_BYTES || !bytes.subarray(0, NONCE_AT).equals(MAGIC)) {
    return undefined
  }
  if (bytes.readUInt32BE(SEAL_AT) !== crc32(bytes.subarray(0, SEAL_AT))) return undefined
  return {
    nonce: Buffer.from(bytes.subarray(NONCE_AT, SIZE_AT)),
    size: bytes.readUInt32BE(SIZE_AT),
    chunkBytes: bytes.readUInt32BE(CHUNK_AT),
    flags: bytes.readUInt32BE(FLAGS_AT),
    checksum: bytes.readUInt32BE(CHECKSUM_AT),
  }
}

export function countChunks({ size, chunkBytes }: Pick<Manifest, 'size' | 'chunkBytes'>): number {
  return Math.ceil(size / chunkBytes)
}

/** How many bytes the chunk at `index` has. */
export function sizeOfChunk(manifest: Pick<Manifest, 'size' | 'chunkBytes'>, index: number): Bytes {
  return Math.min(manifest.chunkBytes, manifest.size - index * manifest.chunkBytes)
}

/**
 * The checksum of a whole value, from those of its chunks: they are summed up as they come, in any
 * order, so that a large value does not hold up the process in one go (2 GB/s).
 */
export class Checksum {
  readonly #sums: Buffer

  constructor(chunks: number) {
    this.#sums = Buffer.alloc(4 * chunks)
  }

  add(index: number, chunk: Uint8Array): void {
    this.#sums.writeUInt32BE(crc32(chunk), 4 * index)
  }

  get value(): number {
    return crc32(this.#sums)
  }
}
