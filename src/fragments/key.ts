import { hash } from 'node:crypto'
import { CacheError, shown } from '../errors.ts'

/**
 * Returns the key under which the fragment `name` is stored for these vary values: hand it to
 * `cache.delete` to drop that one fragment.
 *
 * It is Django's (6.1 and later): `template.cache.NAME.MD5`, where the MD5 is of
 * `<bytes>:<text>,` for each value, so that no two lists of values share a key. The text is
 * Django's too, for what a template of either would show: `true` is `True`, `null` is `None`. An
 * `undefined` is the empty text; a `Date` is its ISO form; other objects need a `toString` of
 * their own, such as a `URL` has.
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
export function fragmentKey(name: string, varyOn: readonly unknown[] = []): string {
  if (typeof name !== 'string' || name === '') {
    const message = `The name of a fragment is ${shown(name)}: it must be a string of 1 or more characters.`
    throw new CacheError('ERR_KEY_INVALID', message)
  }
  let hashed = ''
  for (const value of varyOn) {
    const text = varyText(name, value)
    hashed += `${Buffer.byteLength(text)}:${text},`
  }
  return `template.cache.${name}.${hash('md5', hashed, 'hex')}`
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
