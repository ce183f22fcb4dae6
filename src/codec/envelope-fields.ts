import { CacheError } from '../errors.ts'
import type { Bytes } from '../units.ts'

/** What lies between the key and the body of an envelope, each only where it is there. */
export interface Fields {
  readonly tags?: ReadonlyMap<string, string> | undefined
  readonly etag?: string | undefined
  readonly codec?: string | undefined
}

/** How many bytes {@link writeFields} takes, and the sizes it needs again. */
export interface FieldsSize {
  readonly bytes: Bytes
  /** Of the key and the version of one tag after another. */
  readonly tagBytes: readonly Bytes[]
}

/** More are refused when writing and a miss when reading: each costs a reader a look-up. */
export const MAX_TAGS = 1000

/** As much of tags is kept to be compared with. */
const MOST_KEPT: Bytes = 1024

export const NO_FIELDS: Fields = Object.freeze({})

const ETAG = 1
const TAGS = 2
const CODEC = 3
const FIELD_HEAD_BYTES = 5
const NO_SIZES: readonly Bytes[] = Object.freeze([])
const NO_SIZE: FieldsSize = Object.freeze({ bytes: 0, tagBytes: NO_SIZES })

/** Measures what {@link writeFields} will write. */
export function fieldsSize({ tags, etag, codec }: Fields): FieldsSize {
  if (tags === undefined && etag === undefined && codec === undefined) return NO_SIZE
  let bytes = 0
  let tagBytes = NO_SIZES
  if (etag !== undefined) bytes += FIELD_HEAD_BYTES + Buffer.byteLength(etag)
  if (codec !== undefined) bytes += FIELD_HEAD_BYTES + Buffer.byteLength(codec)
  if (tags !== undefined) {
    tagBytes = tagSizes(tags)
    bytes += FIELD_HEAD_BYTES + tagsSize(tagBytes)
  }
  return { bytes, tagBytes }
}

/**
 * Writes the fields: for each a byte that names it, its size in 4, and its content.
 *
 * | name | content |
 * | ---: | --- |
 * | 1 | the etag |
 * | 2 | the tags: how many, 4 bytes; the sizes of each one's key and version, 4 bytes each; then the texts themselves |
 * | 3 | the name of the custom codec that made the body |
 */
export function writeFields(bytes: Buffer, at: number, fields: Fields, size: FieldsSize): void {
  let end = at
  if (fields.etag !== undefined) end = writeText(bytes, end, ETAG, fields.etag)
  if (fields.codec !== undefined) end = writeText(bytes, end, CODEC, fields.codec)
  if (fields.tags === undefined) return
  end = writeHead(bytes, end, TAGS, tagsSize(size.tagBytes))
  end = bytes.writeUInt32LE(fields.tags.size, end)
  for (const textBytes of size.tagBytes) end = bytes.writeUInt32LE(textBytes, end)
  let text = ''
  for (const [key, version] of fields.tags) text += key + version
  bytes.write(text, end)
}

/** Reads what is between `at` and `end`; `undefined` for bytes that are no fields. */
export function readFields(
  bytes: Buffer,
  at: number,
  end: number,
  { isStrict }: { readonly isStrict: boolean },
): Fields | undefined {
  let tags: Tags | undefined
  let etag: string | undefined
  let codec: string | undefined
  let start = at
  while (start < end) {
    if (end - start < FIELD_HEAD_BYTES) return undefined
    const contentAt = start + FIELD_HEAD_BYTES
    const contentEnd = contentAt + bytes.readUInt32LE(start + 1)
    if (contentEnd > end) return undefined
    switch (bytes[start]) {
      case ETAG:
        etag = bytes.toString('utf8', contentAt, contentEnd)
        break
      case TAGS:
        tags = readTags(bytes, contentAt, contentEnd)
        if (tags === undefined) return undefined
        break
      case CODEC:
        codec = bytes.toString('utf8', contentAt, contentEnd)
        break
      default:
        if (isStrict) return undefined
    }
    start = contentEnd
  }
  return { tags, etag, codec }
}

type Tags = ReadonlyMap<string, string>

/** What was read last. Where many entries have the same tags, to compare bytes costs less than to read them. */
let lastBytes: Buffer = Buffer.alloc(0)
let lastTags: Tags | undefined

function readTags(bytes: Buffer, at: number, end: number): Tags | undefined {
  const { length } = lastBytes
  if (lastTags !== undefined && length === end - at) {
    if (bytes.compare(lastBytes, 0, length, at, end) === 0) return lastTags
  }
  const tags = parseTags(bytes, at, end)
  if (tags !== undefined && end - at <= MOST_KEPT) {
    // A copy: a view would keep the entry.
    lastBytes = Buffer.from(bytes.subarray(at, end))
    lastTags = tags
  }
  return tags
}

function parseTags(bytes: Buffer, at: number, end: number): Tags | undefined {
  if (end - at < 4) return undefined
  const count = bytes.readUInt32LE(at)
  if (count > MAX_TAGS || end - at < 4 + 8 * count) return undefined
  const tags = new Map<string, string>()
  const textAt = at + 4 + 8 * count
  const text = bytes.toString('utf8', textAt, end)
  // As many characters as bytes: places in the one are places in the other.
  const isAscii = text.length === end - textAt
  const part = (from: number, to: number): string =>
    isAscii ? text.slice(from - textAt, to - textAt) : bytes.toString('utf8', from, to)
  let start = textAt
  for (let i = 0; i < count; i++) {
    const keyEnd = start + bytes.readUInt32LE(at + 4 + 8 * i)
    const versionEnd = keyEnd + bytes.readUInt32LE(at + 8 + 8 * i)
    if (versionEnd > end) return undefined
    tags.set(part(start, keyEnd), part(keyEnd, versionEnd))
    start = versionEnd
  }
  return start === end && tags.size === count ? tags : undefined
}

function tagSizes(tags: ReadonlyMap<string, string>): Bytes[] {
  if (tags.size > MAX_TAGS) {
    const message = `An entry has ${tags.size} tags: it must be at most ${MAX_TAGS}.`
    throw new CacheError('ERR_VALUE_INVALID', message)
  }
  const sizes: Bytes[] = []
  for (const [key, version] of tags) {
    sizes.push(Buffer.byteLength(key), Buffer.byteLength(version))
  }
  return sizes
}

function tagsSize(tagBytes: readonly Bytes[]): Bytes {
  let bytes = 4 + 4 * tagBytes.length
  for (const size of tagBytes) bytes += size
  return bytes
}

function writeText(bytes: Buffer, at: number, name: number, text: string): number {
  const end = writeHead(bytes, at, name, Buffer.byteLength(text))
  return end + bytes.write(text, end)
}

function writeHead(bytes: Buffer, at: number, name: number, size: Bytes): number {
  bytes.writeUInt8(name, at)
  return bytes.writeUInt32LE(size, at + 1)
}
