/**
 * Every error this package throws. `code` is the contract, `message` is prose.
 *
 * @module
 */

/** What went wrong. Each code has a section in `docs/reference/errors.md`. */
export type CacheErrorCode =
  | 'ERR_ALIAS_UNKNOWN'
  | 'ERR_AUTH'
  | 'ERR_CLOSED'
  | 'ERR_CONNECTION'
  | 'ERR_KEY_INVALID'
  | 'ERR_KEY_MISSING'
  | 'ERR_NOT_A_NUMBER'
  | 'ERR_OPTION_INVALID'
  | 'ERR_OVERLOADED'
  | 'ERR_PROTOCOL'
  | 'ERR_SERVER'
  | 'ERR_TEMPLATE'
  | 'ERR_TIMEOUT'
  | 'ERR_VALUE_INVALID'
  | 'ERR_VALUE_TOO_LARGE'

export interface CacheErrorInfo {
  /** `'no'`: the server did not run the command, so a retry is safe. `'unknown'`: it may have. */
  readonly applied?: 'no' | 'unknown'
  /** `host:port` or socket path, where one server is to blame. */
  readonly server?: string | undefined
  readonly cause?: unknown
}

// Not `instanceof`: two copies of the package in one process have two classes, but one symbol.
const BRAND = Symbol.for('reprise.CacheError')

const SHOWN_CHARACTERS = 60

/** The one error class of this package. Tell it by {@link CacheError.is}, switch on `code`. */
export class CacheError extends Error {
  override readonly name = 'CacheError'
  readonly code: CacheErrorCode
  /** `'no'`: the server did not run the command, so a retry is safe. `'unknown'`: it may have. */
  readonly applied: 'no' | 'unknown'
  /** `host:port` or socket path, where one server is to blame. */
  readonly server: string | undefined

  constructor(code: CacheErrorCode, message: string, info: CacheErrorInfo = {}) {
    super(message, info.cause === undefined ? undefined : { cause: info.cause })
    this.code = code
    this.applied = info.applied ?? 'no'
    this.server = info.server
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Tells a `CacheError` from anything else, whichever copy of the package threw it. */
  static is(error: unknown): error is CacheError {
    return typeof error === 'object' && error !== null && BRAND in error
  }
}

const OUTAGES: ReadonlySet<CacheErrorCode> = new Set<CacheErrorCode>([
  'ERR_CONNECTION',
  'ERR_OVERLOADED',
  'ERR_PROTOCOL',
  'ERR_SERVER',
  'ERR_TIMEOUT',
])

/**
 * Tells what a server did, or the way to it, from what the caller did or must act on: what
 * `onFailure: 'miss'` shows as a miss.
 */
export function isOutage(error: unknown): error is CacheError {
  return CacheError.is(error) && OUTAGES.has(error.code)
}

/** A caller's value as an error message shows it: JSON-quoted, cut, control characters escaped. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`
}

/** The error for an option out of range: what, which value, what is allowed. */
export function optionError(option: string, value: unknown, allowed: string): CacheError {
  return new CacheError(
    'ERR_OPTION_INVALID',
    `\`${option}\` is ${shown(value)}: it must be ${allowed}.`,
  )
}

/**
 * Refuses what is no options object, and a name in it that nobody reads: a misspelt option is
 * otherwise a default that nobody chose. `what` ends the sentence "There is no option "tll" in …".
 */
export function checkOptions(what: string, options: unknown, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    // Where it is the name of an option, the error puts it into the quotes.
    const name = what.replace(/^`(.*)`$/, '$1')
    throw optionError(name, options, 'an object with named options')
  }
  for (const name of Object.keys(options)) {
    if (allowed.includes(name)) continue
    const list = allowed.length === 0 ? 'there are none' : `it must be one of ${allowed.join(', ')}`
    throw new CacheError(
      'ERR_OPTION_INVALID',
      `There is no option ${shown(name)} in ${what}: ${list}.`,
    )
  }
}
