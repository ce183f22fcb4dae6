import { describe, isDense, knownKind } from '../codec/kinds.ts'
import { CacheError, optionError } from '../errors.ts'

// An argument that deep is not what a value depends on, and what contains itself has no end.
const MAX_DEPTH = 32

/**
 * Returns the key of a call: `rates("eur",5)` for the name `rates` and the arguments `'eur'`, `5`.
 * `memoize`, `memoized` and `defineCached` make their keys like this where `key` is a string.
 *
 * No two calls have the same key: `5` is written unlike `'5'`, and `f(1)` unlike `f(1, undefined)`.
 * The order of an object's properties does not count. Arguments may be strings, finite numbers,
 * bigints, booleans, `null`, `undefined`, Dates, and plain arrays and objects of those.
 *
 * @example
 * ```ts
 * import { callKey, createCaches } from 'reprise'
 *
 * const { default: cache } = createCaches()
 * await cache.invalidate(callKey('rates', ['eur', { days: 5 }])) // rates("eur",{"days":5})
 * ```
 *
 * @throws {@link CacheError} `ERR_KEY_INVALID` for any other argument, naming its place;
 * `ERR_OPTION_INVALID` for a name that is empty or has a `(`.
 */
export function callKey(name: string, args: readonly unknown[]): string {
  checkCallName('name', name)
  return keyOfCall(name, args)
}

/** Refuses a name after which nobody could tell where the arguments begin. */
export function checkCallName(option: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && !name.includes('(')) return
  throw optionError(option, name, 'a name of 1 or more characters, without `(`')
}

/** {@link callKey} of a name that was checked. */
export function keyOfCall(name: string, args: readonly unknown[]): string {
  const call: Place = { within: undefined, step: name, depth: 0 }
  let key = `${name}(`
  for (let i = 0; i < args.length; i++) {
    if (i > 0) key += ','
    key += textOf(args[i], call, i)
  }
  return `${key})`
}

/** The call itself, or an object among its arguments. A chain, because only a refusal needs the path. */
interface Place {
  readonly within: Place | undefined
  /** The name of the call, or the place in `within`. */
  readonly step: string | number
  readonly depth: number
}

function textOf(value: unknown, within: Place, step: string | number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      if (!Number.isFinite(value)) throw refusal(within, step, `${value}`)
      return Object.is(value, -0) ? '-0' : `${value}`
    case 'bigint':
      return `${value}n`
    case 'boolean':
    case 'undefined':
      return `${value}`
    case 'object':
      return value === null ? 'null' : textOfObject(value, within, step)
    default:
      throw refusal(within, step, describe(value))
  }
}

function textOfObject(value: object, within: Place, step: string | number): string {
  if (within.depth >= MAX_DEPTH) {
    throw refusal(within, step, `nested more than ${MAX_DEPTH} deep, or in itself`)
  }
  const place: Place = { within, step, depth: within.depth + 1 }
  switch (knownKind(value)) {
    case 'date':
      if (Number.isNaN((value as Date).getTime())) throw refusal(within, step, 'an invalid Date')
      // Without quotes, which tells it from the same text as a string.
      return (value as Date).toISOString()
    case 'array':
      if (!isDense(value as unknown[])) throw refusal(within, step, 'an array with holes or names')
      return textOfList(value as unknown[], place)
    case 'object':
    case 'null-object':
      return textOfRecord(value as Readonly<Record<string, unknown>>, place)
    default:
      throw refusal(within, step, describe(value))
  }
}

function textOfList(list: readonly unknown[], place: Place): string {
  let text = '['
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ','
    text += textOf(list[i], place, i)
  }
  return `${text}]`
}

function textOfRecord(record: Readonly<Record<string, unknown>>, place: Place): string {
  let text = '{'
  for (const name of Object.keys(record).sort()) {
    if (text.length > 1) text += ','
    text += `${JSON.stringify(name)}:${textOf(record[name], place, name)}`
  }
  return `${text}}`
}

function refusal(within: Place, step: string | number, what: string): CacheError {
  const steps = [step]
  let place = within
  for (; place.within !== undefined; place = place.within) steps.unshift(place.step)
  const [index = 0, ...path] = steps
  const at = path.length === 0 ? '' : ` at \`${path.slice(0, 8).map(stepText).join('')}\``
  return new CacheError(
    'ERR_KEY_INVALID',
    `Argument ${Number(index) + 1} of \`${place.step}\`${at} is ${what}: for a key it must be a string, finite number, bigint, ` +
      'boolean, null, undefined, Date, plain array or plain object. For any other, give `key` as a function of the arguments.',
  )
}

function stepText(step: string | number): string {
  return typeof step === 'number' ? `[${step}]` : `[${JSON.stringify(step.slice(0, 30))}]`
}
