import { copyValue } from '../codec/copy.ts'
import { optionError } from '../errors.ts'
import type { Duration, Seconds } from '../units.ts'
import { adviseTagged } from './advisor.ts'
import type { Entry, Storable } from './backend.ts'
import type { CacheCore } from './core.ts'
import type { Version } from './keys.ts'
import { isIterable } from './reads.ts'
import { checkTags } from './tags.ts'

export interface WriteOptions {
  /**
   * Names for {@link Cache.invalidateTags}: at most 100. Their versions are read before the value is
   * written, which takes a round trip more.
   */
  readonly tags?: Iterable<string> | undefined
  /** Default: the alias's. 0 or less: it is not kept. */
  readonly ttl?: Duration | undefined
  /** Default: the alias's. */
  readonly version?: Version | undefined
}

/** What `setMany` takes: a map, pairs, or a plain object. */
export type Entries =
  | Iterable<readonly [key: string, value: Storable]>
  | Readonly<Record<string, Storable>>

/** What the options of a write say. */
export function planWrite(
  core: CacheCore,
  operation: string,
  options: WriteOptions,
): {
  readonly ttl: Seconds
  readonly names: readonly string[] | undefined
  /** The keys of its tags. */
  readonly carried: readonly string[]
  readonly entryOf: (value: Storable) => Entry
} {
  const ttl = core.ttl(options.ttl)
  const names = options.tags === undefined ? undefined : checkTags(options.tags)
  if (names !== undefined) adviseTagged(core.alias, operation, ttl, names)
  const carried = core.tags.carried(names)
  return {
    ttl,
    names,
    carried,
    entryOf: (value) => {
      const entry = core.entry(value, ttl)
      // A copy, as the caller may change it while the versions of its tags are read.
      return carried.length === 0 ? entry : { ...entry, value: copyValue(value).value as Storable }
    },
  }
}

/** Reads what `setMany` takes. Later pairs win, as in a `Map`. */
export function listEntries(entries: Entries): Map<string, Storable> {
  if (typeof entries !== 'object' || entries === null) {
    throw optionError('entries', entries, 'a Map, an iterable of pairs, or an object')
  }
  return new Map(isIterable(entries) ? entries : Object.entries(entries))
}
