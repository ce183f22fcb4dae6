import { createHash } from 'node:crypto'

/**
 * Returns the key under which a store knows `key`: itself where every store can keep it apart from
 * others, else its start and a digest. The record holds the whole key, and who reads compares.
 *
 * - 200 characters: a column of 255 has room for a namespace beside it (`@keyv/mysql`).
 * - No `::`: `@keyv/redis` (5.1) takes what is before it for a namespace, and lists it elsewhere.
 * - Not the namespace and a colon: Keyv (5.6) takes that for a key which has its namespace already,
 *   in `get` and `set` but not in `getMany`.
 */
export function storeKey(key: string, namespace: string | undefined): string {
  const isPlain = PLAIN.test(key) && !key.includes('::') && !key.startsWith(RESERVED)
  if (isPlain && !(namespace !== undefined && key.startsWith(`${namespace}:`))) return key
  const start = key.slice(0, 64).replaceAll(/[^\w.-]/g, '_')
  // Hexadecimal: a store may take capitals and small letters for the same.
  return `${RESERVED}${start}#${createHash('sha256').update(key).digest('hex')}`
}

const RESERVED = 'reprise#'
const PLAIN = /^[!-~]{1,200}$/
