import { optionError } from '../../errors.ts'
import { wireKey } from '../../protocol/key.ts'
import { type Found, removeMissing } from '../routing/batch.ts'
import type { Failures } from '../routing/outage.ts'
import type { CallOptions } from '../routing/router.ts'
import type { Item } from './item.ts'
import type { MetaCommands } from './meta.ts'

/** Refuses what is no list of keys: a text would be read as its letters. */
export function listed(keys: Iterable<string>): readonly string[] {
  if (typeof keys === 'string' || typeof keys?.[Symbol.iterator] !== 'function') {
    throw optionError('keys', keys, 'an array or another iterable of strings')
  }
  return Array.isArray(keys) ? keys : Array.from(keys)
}

// Keys in flight at once for one call: 1000 fill many packets, and leave room for other callers.
const SLICE = 1000

/** Reads each distinct key, so many at a time, and keeps what was found, in the order of the keys. */
export async function getMany(
  keys: Iterable<string>,
  maxPending: number,
  failures: Failures,
  getSlice: (keys: readonly string[], found: Found) => Promise<boolean>,
): Promise<Map<string, Item>> {
  const found: Found = new Map()
  const size = Math.min(SLICE, maxPending)
  const all = listed(keys)
  // One slice is checked on its way: none of it is sent before all of it is known to be fit.
  if (all.length > size) for (const key of all) wireKey(key)
  for (let start = 0; start < all.length; start += size) {
    const slice = all.length <= size ? all : all.slice(start, start + size)
    if (!(await getSlice(slice, found))) removeMissing(found)
    failures.check()
  }
  failures.settle()
  return found as Map<string, Item>
}

/**
 * Adds to `found` what is under the keys that it has not yet. With options each read is a call of its
 * own, which can be given up by itself.
 */
export async function getEach(
  meta: MetaCommands,
  operation: string,
  keys: readonly string[],
  found: Found,
  failures: Failures,
  options: CallOptions,
): Promise<boolean> {
  const wanted = Array.from(new Set(keys)).filter((key) => !found.has(key))
  const items = await Promise.all(
    wanted.map((key) =>
      meta.item(operation, key, undefined, options).catch((error: unknown) => {
        failures.note(error)
        return undefined
      }),
    ),
  )
  for (const [i, item] of items.entries()) {
    if (item !== undefined) found.set(wanted[i] as string, item)
  }
  return true
}
