import { CacheError, optionError, shown } from '../errors.ts'
import { wireKey } from '../protocol/key.ts'

/** A generation of the entries of a cache: a whole number, or a word such as `'beta'`. */
export type Version = number | string

/** Makes the key for the server out of the caller's. */
export type KeyFunction = (key: string, keyPrefix: string, version: Version) => string

// With the prefix `reprise#lease` an entry would lie where the lease of another one is.
const KEY_PREFIX = /^(?!reprise#)[\x21-\x39\x3b-\x7e]{0,100}$/
const VERSION_WORD = /^[\x21-\x39\x3b-\x7e]{1,100}$/
// 186 bytes of UTF-8, at most 3 for each UTF-16 unit: a shorter key fits as it is or in base64.
const NEVER_HASHED = 62
const RESERVED = 'reprise#'

/** `keyPrefix:version:key`, as Django writes it. */
export function djangoKey(key: string, keyPrefix: string, version: Version): string {
  return `${keyPrefix}:${version}:${key}`
}

/**
 * Returns `keyPrefix`, or throws `ERR_OPTION_INVALID`. Without `:` in prefix and version, the first
 * two colons of a key are ours and no two (prefix, version, key) are written alike.
 */
export function checkKeyPrefix(keyPrefix: string): string {
  if (typeof keyPrefix === 'string' && KEY_PREFIX.test(keyPrefix)) return keyPrefix
  const allowed =
    "at most 100 characters from '!' to '~', without ':' and not starting with `reprise#`"
  throw optionError('keyPrefix', keyPrefix, allowed)
}

/** Returns `version`, or throws `ERR_OPTION_INVALID`. */
export function checkVersion(version: Version): Version {
  if (typeof version === 'number' && Number.isSafeInteger(version)) return version
  if (typeof version === 'string' && VERSION_WORD.test(version)) return version
  const allowed = "a whole number, or 1 to 100 characters from '!' to '~', without ':'"
  throw optionError('version', version, allowed)
}

/** Returns `key`, or throws `ERR_KEY_INVALID` for what has no bytes of its own. */
export function checkKey(key: string): string {
  if (isKey(key)) return key
  throw new CacheError(
    'ERR_KEY_INVALID',
    `The key is ${shown(key)}: it must be a string of 1 or more characters, without half of a surrogate pair.`,
  )
}

/** Whether `key` is a string with bytes of its own: UTF-8 has none for half of a surrogate pair. */
export function isKey(key: string): boolean {
  return typeof key === 'string' && key !== '' && isWellFormed(key)
}

/** `String.prototype.isWellFormed`, which every supported Node has: for ASCII it looks at nothing. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/**
 * Returns the key prefix of a namespace, or throws `ERR_OPTION_INVALID`. Its second segment is empty,
 * which no version is, so that no entry of the alias is written alike.
 */
export function namespacePrefix(keyPrefix: string, name: string): string {
  if (typeof name === 'string' && VERSION_WORD.test(name)) return `${keyPrefix}::${name}`
  throw optionError('name', name, "1 to 100 characters from '!' to '~', without ':'")
}

/** Whether Memcached knows `key` by a digest only, so that the entry has to carry the key itself. */
export function isHashed(key: string): boolean {
  if (key.length <= NEVER_HASHED && !key.startsWith(RESERVED)) return false
  return wireKey(key).hashed
}
