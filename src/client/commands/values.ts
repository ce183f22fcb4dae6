import { CacheError, optionError } from '../../errors.ts'

/**
 * A copy, text as UTF-8: what the caller does to its own bytes before they are written changes
 * nothing.
 */
export function ownBytes(value: string | Uint8Array): Buffer {
  if (typeof value === 'string' || value instanceof Uint8Array) return Buffer.from(value)
  throw new CacheError(
    'ERR_VALUE_INVALID',
    `The value is of type ${typeof value}: it must be a string or a Uint8Array.`,
  )
}

/** A count as the server takes it; that it fits 64 bits is checked where the line is built. */
export function counted(option: string, count: bigint | number): bigint {
  if (typeof count === 'bigint') return count
  if (Number.isSafeInteger(count)) return BigInt(count)
  throw optionError(option, count, 'a whole number that is exact, or a bigint')
}
