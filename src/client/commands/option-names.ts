import { checkOptions, optionError } from '../../errors.ts'
import type { CallOptions } from '../routing/router.ts'

/** The names that the options of a method may have. */
export type OptionNames = ReadonlySet<string>

/** Those of every call, and a method's own. */
export function optionNames(...own: readonly string[]): OptionNames {
  return new Set([...own, 'routeKey', 'signal', 'timeoutMs'])
}

export const CALL_OPTIONS: OptionNames = optionNames()

/**
 * Throws where the options are none, or have a name that nobody reads. The names are gone through
 * in place: this is on the way of every hit.
 */
export function checkOptionNames(
  operation: string,
  options: CallOptions,
  names: OptionNames,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    checkOptions(`the options of \`${operation}\``, options, [])
  }
  for (const name in options) {
    // Names that came from a prototype are not the caller's: the check there knows.
    if (!names.has(name)) checkOptions(`the options of \`${operation}\``, options, [...names])
  }
  const { routeKey } = options
  if (routeKey !== undefined && typeof routeKey !== 'string') {
    throw optionError('routeKey', routeKey, 'a string')
  }
}

/** As {@link checkOptionNames}, for methods that are not async: what the call rejects with. */
export function refusalOfOptions(
  operation: string,
  options: CallOptions,
  names: OptionNames,
): Promise<never> | undefined {
  try {
    checkOptionNames(operation, options, names)
    return undefined
  } catch (error) {
    return Promise.reject(error)
  }
}
