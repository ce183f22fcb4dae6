import { CacheError } from '../errors.ts'
import { type Duration, parseDuration, type Seconds } from '../units.ts'

const ALLOWED = "seconds, a string such as '90s' or '15m', or null for ever"
const NUMERIC = /^\s*[+-]?\d+(\.\d+)?\s*$/

/**
 * Reads the ttl of a fragment: a duration, a number as text (`"60"`, as template variables often
 * are), or `null` for ever. 0 or less: the fragment is rendered each time.
 */
export function fragmentTtl(ttl: unknown): Seconds {
  return fragmentDuration('ttl', ttl)
}

/** Reads a duration that a template names, as {@link fragmentTtl} does. */
export function fragmentDuration(option: string, duration: unknown): Seconds {
  if (duration === null) return Infinity
  // Engines wrap text that needs no escaping in a `String` object.
  const plain = duration instanceof String ? duration.toString() : duration
  if (typeof plain === 'string' && NUMERIC.test(plain)) return Number(plain)
  if (typeof plain === 'string' || typeof plain === 'number') {
    return parseDuration(option, plain as Duration)
  }
  const kind = Array.isArray(duration) ? 'array' : typeof duration
  const message = `\`${option}\` is of type ${kind}: it must be ${ALLOWED}.`
  throw new CacheError('ERR_OPTION_INVALID', message)
}
