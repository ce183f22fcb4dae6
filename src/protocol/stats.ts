/** One `STAT` line: the name ends at the first space, the value may hold more. */
export function parseStat(text: string): { name: string; value: string } | undefined {
  const end = text.indexOf(' ')
  if (end === 0 || text === '') return undefined
  if (end === -1) return { name: text, value: '' }
  return { name: text.slice(0, end), value: text.slice(end + 1) }
}

/** Figures by name, in the server's order. Without a prototype: a name may be `__proto__`. */
export type Stats = Record<string, string>

export function emptyStats(): Stats {
  return Object.create(null) as Stats
}

/** One line of `lru_crawler metadump`, decoded. */
export interface ListedItem {
  readonly key: Buffer
  /** Unix time in seconds; -1: never expires. */
  readonly expiresAt: number
  /** Unix time in seconds. */
  readonly lastAccessAt: number
  readonly fetched: boolean
  /** The item with its header and key, in bytes. */
  readonly size: number
}

/**
 * Parses what follows `key=`, or returns `undefined` where it is no listing.
 *
 * Source: memcached 1.6.18 crawler.c: `key=%s exp=%ld la=%llu cas=%llu fetch=%s cls=%u size=%lu`,
 * the key URI-encoded. Later versions append fields, so that the rest is read by name.
 */
export function parseListed(text: string): ListedItem | undefined {
  const [encoded = '', ...fields] = text.trimEnd().split(' ')
  const key = decodePercent(encoded)
  const named = new Map(fields.map((field) => splitOnce(field)))
  const expiresAt = Number(named.get('exp'))
  const lastAccessAt = Number(named.get('la'))
  const size = Number(named.get('size'))
  if (key === undefined || ![expiresAt, lastAccessAt, size].every(Number.isSafeInteger)) {
    return undefined
  }
  return { key, expiresAt, lastAccessAt, fetched: named.get('fetch') === 'yes', size }
}

function splitOnce(field: string): [string, string] {
  const at = field.indexOf('=')
  return [field.slice(0, at), field.slice(at + 1)]
}

const ENCODED = /^(?:%[0-9A-Fa-f]{2}|[^%])+$/

// Not decodeURIComponent: the bytes of a foreign key need not be UTF-8.
function decodePercent(text: string): Buffer | undefined {
  if (!ENCODED.test(text)) return undefined
  const latin1 = text.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(latin1, 'latin1')
}
