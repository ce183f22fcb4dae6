import { optionError } from '../../errors.ts'
import { wireKey } from '../../protocol/key.ts'
import type { Failures } from '../routing/outage.ts'
import type { Item } from './item.ts'

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
  getSlice: (keys: readonly string[], found: Map<string, Item | undefined>) => Promise<void>,
): Promise<Map<string, Item>> {
  // Holds `undefined` under a key that was asked for, until it is known whether it is there.
  const found = new Map<string, Item | undefined>()
  const size = Math.min(SLICE, maxPending)
  const all = listed(keys)
  // One slice is checked on its way: none of it is sent before all of it is known to be fit.
  if (all.length > size) for (const key of all) wireKey(key)
  for (let start = 0; start < all.length; start += size) {
    await getSlice(all.length <= size ? all : all.slice(start, start + size), found)
    failures.check()
  }
  failures.settle()
  return found as Map<string, Item>
}
