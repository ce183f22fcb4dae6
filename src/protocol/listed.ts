import type { Bytes } from '../units.ts'
import { decodeKey, parseFields, wholeField } from './fields.ts'

/** One line of `lru_crawler metadump`, decoded. */
export interface ListedItem {
  readonly key: Buffer
  /** Unix time in seconds; -1: never expires. */
  readonly expiresAt: number
  /** Unix time in seconds. */
  readonly lastAccessAt: number
  readonly fetched: boolean
  readonly slabClass: number | undefined
  /** Client flags. `undefined` before 1.6.24. */
  readonly flags: number | undefined
  /** The item with its header and key. */
  readonly size: Bytes
}

/**
 * Parses a line, or returns `undefined` where it lists no item.
 *
 * Source: memcached 1.6.18 crawler.c: `key=%s exp=%ld la=%llu cas=%llu fetch=%s cls=%u size=%lu`,
 * the key URI-encoded. Later versions append fields, so that the rest is read by name.
 */
export function parseListed(line: string): ListedItem | undefined {
  if (!line.startsWith('key=')) return undefined
  const [first = '', ...words] = line.split(' ')
  const key = decodeKey(first.slice('key='.length))
  const fields = parseFields(words)
  const expiresAt = wholeField(fields, 'exp')
  const lastAccessAt = wholeField(fields, 'la')
  const size = wholeField(fields, 'size')
  if (
    key === undefined ||
    expiresAt === undefined ||
    lastAccessAt === undefined ||
    size === undefined
  ) {
    return undefined
  }
  return {
    key,
    expiresAt,
    lastAccessAt,
    fetched: fields.get('fetch') === 'yes',
    slabClass: wholeField(fields, 'cls'),
    flags: wholeField(fields, 'flags'),
    size,
  }
}
