import { hash } from 'node:crypto'
import { CacheError, optionError, shown } from '../errors.ts'

/** What else becomes part of a fragment's key. */
export interface FragmentKeyOptions {
  /** The digest of its template, where its engine puts that into the keys: 16 to 24 characters. */
  readonly digest?: string | undefined
}

/**
 * Returns the key under which the fragment `name` is stored for these vary values: hand it to
 * `cache.delete` to drop that one fragment.
 *
 * It is Django's (6.1 and later): `template.cache.NAME.MD5`, where the MD5 is of
 * `<bytes>:<text>,` for each value, so that no two lists of values share a key. The text is
 * Django's too, for what a template of either would show: `true` is `True`, `null` is `None`. An
 * `undefined` is the empty text; a `Date` is its ISO form; other objects need a `toString` of
 * their own, such as a `URL` has. A digest comes behind it: `template.cache.NAME.MD5.DIGEST`.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { fragmentKey } from 'reprise/fragments'
 *
 * const caches = createCaches({ default: 'memory://' })
 * await caches.default.delete(fragmentKey('sidebar', ['alice']))
 * ```
 *
 * @throws {@link CacheError} `ERR_KEY_INVALID` for an empty name or a value that has no text of
 * its own: all plain objects would share one fragment.
 */
export function fragmentKey(
  name: string,
  varyOn: readonly unknown[] = [],
  { digest }: FragmentKeyOptions = {},
): string {
  if (typeof name !== 'string' || name === '') {
    const message = `The name of a fragment is ${shown(name)}: it must be a string of 1 or more characters.`
    throw new CacheError('ERR_KEY_INVALID', message)
  }
  let hashed = ''
  for (const value of varyOn) {
    const text = varyText(name, value)
    hashed += `${Buffer.byteLength(text)}:${text},`
  }
  const key = keyOf(name, hashed)
  return digest === undefined ? key : `${key}.${checkDigest(digest)}`
}

// A page asks for each of its keys in every pass, and the next page often for the same ones: hashing
// was a tenth of the CPU of a page of 100 small fragments (`bench/fragments.mjs`). The whole key is
// kept: a string that was just put together is flattened and hashed anew by all who look it up.
const MAX_KNOWN = 2000
const LONGEST_KNOWN = 200
const known = new Map<string, Map<string, string>>()
let knownCount = 0

function keyOf(name: string, hashed: string): string {
  const key = known.get(name)?.get(hashed)
  if (key !== undefined) return key
  const made = `template.cache.${name}.${hash('md5', hashed, 'hex')}`
  if (name.length + hashed.length <= LONGEST_KNOWN) remember(name, hashed, made)
  return made
}

function remember(name: string, hashed: string, key: string): void {
  if (knownCount === MAX_KNOWN) {
    known.clear()
    knownCount = 0
  }
  knownCount += 1
  const ofName = known.get(name)
  if (ofName === undefined) known.set(name, new Map([[hashed, key]]))
  else ofName.set(hashed, key)
}

// Never as long as an MD5: the key of a name that ends in one cannot be that of another's digest.
const DIGEST = /^[\w-]{16,24}$/

function checkDigest(digest: string): string {
  if (typeof digest === 'string' && DIGEST.test(digest)) return digest
  throw optionError('digest', digest, '16 to 24 letters, digits, `-` or `_`')
}

function varyText(name: string, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
      return String(value)
    case 'boolean':
      return value ? 'True' : 'False'
    case 'undefined':
      return ''
    case 'object':
      return value === null ? 'None' : objectText(name, value)
    default:
      throw varyError(name, `a ${typeof value}`)
  }
}

function objectText(name: string, value: object): string {
  // `String(date)` has whole seconds only: two dates within one would share a fragment.
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  const isPlain = value.toString === undefined || value.toString === Object.prototype.toString
  // `String([1, 2])` and `String(['1,2'])` are the same text, and all bytes that are no UTF-8 are
  // the same as text: two binary ids would share a fragment.
  const isList = Array.isArray(value) || ArrayBuffer.isView(value)
  if (isPlain || isList || value instanceof Date) {
    throw varyError(name, Array.isArray(value) ? 'an array' : Object.prototype.toString.call(value))
  }
  return String(value)
}

function varyError(name: string, kind: string): CacheError {
  const allowed =
    'a string, a number, a boolean, null, undefined, a valid Date or an object with a toString of its own'
  const message = `Fragment ${shown(name)} varies on ${kind}: it must vary on ${allowed}, such as \`user.id\` for \`user\`.`
  return new CacheError('ERR_KEY_INVALID', message)
}
