import type { Storable } from '../cache/backend.ts'
import { COUNTER_END } from '../codec/values.ts'

/** What the server takes for a number: it reads up to the first space. */
const DIGITS = /^(\d{1,20}) *$/

/**
 * Adds to what is stored as the server would: 64 bits unsigned, from the top back to 0, downwards
 * not below 0. `undefined` where it would refuse.
 *
 * Text of digits counts as well and stays text, padded to the length it had.
 * Source: memcached `do_add_delta`.
 */
export function addToCounter(
  stored: Storable,
  delta: bigint,
): { value: bigint; stored: Storable } | undefined {
  const current = read(stored)
  if (current === undefined || current < 0n || current >= COUNTER_END) return undefined
  const sum = current + delta
  const value = sum < 0n ? 0n : sum % COUNTER_END
  if (typeof stored === 'string') return { value, stored: `${value}`.padEnd(stored.length) }
  return { value, stored: counted(value) }
}

/** A whole number in the type that it is read back in. */
export function counted(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

function read(stored: Storable): bigint | undefined {
  if (typeof stored === 'number')
    return Number.isSafeInteger(stored) && !Object.is(stored, -0) ? BigInt(stored) : undefined
  // A smaller bigint is kept in a form of its own, so that it comes back as one.
  if (typeof stored === 'bigint') return stored > Number.MAX_SAFE_INTEGER ? stored : undefined
  const [, digits] = (typeof stored === 'string' && DIGITS.exec(stored)) || []
  return digits === undefined ? undefined : BigInt(digits)
}
