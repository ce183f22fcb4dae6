import { optionError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import type { Found, TagVersions } from './backend.ts'
import { isWellFormed } from './keys.ts'

/**
 * A tag is an item of its own that holds a number, its version: a random one when it is made, one
 * more with each soft invalidation, and gone with a hard one. An entry carries the versions that its
 * tags had before its value was computed.
 */

/** What the versions of its tags say about an entry; `'unknown'`: some of them were not read. */
export type Verdict = 'valid' | 'stale' | 'unusable' | 'unknown'

/**
 * Versions of tags by their keys. `undefined`: there is none. A key that is absent was not read, or
 * reading it failed.
 */
export type ReadVersions = ReadonlyMap<string, string | undefined>

/** Of one call: each is a command of its own. */
const MAX_TAGS = 100
const MAX_TAG_LENGTH = 1000

/** So long that none expires while entries carry it; not for ever, so that what nobody uses goes. */
export const TAG_TTL: Seconds = 365 * 86_400

// Below 2^52, so that no count of invalidations leads out of the safe integers.
const VERSIONS = 2 ** 52

// A number made anew lies so close above an old one once in 2^36 times; it would be called stale.
const MAX_SOFT_STEPS = 2 ** 16

const ALLOWED = `a list of at most ${MAX_TAGS} names, each a well-formed string of 1 to ${MAX_TAG_LENGTH} characters`

// Up to so many, comparing each with each beats making a set.
const FEW = 8

function distinct(names: readonly string[]): readonly string[] {
  const isPlain = names.length <= FEW && names.every((name, i) => names.indexOf(name) === i)
  return isPlain ? names : [...new Set(names)]
}

/** Returns the names of tags without doubles, or throws `ERR_OPTION_INVALID`. */
export function checkTags(tags: Iterable<string>): readonly string[] {
  const isList = typeof tags === 'object' && tags !== null && Symbol.iterator in tags
  const names = isList ? distinct([...tags]) : undefined
  if (names === undefined || names.length > MAX_TAGS) {
    throw optionError('tags', names === undefined ? tags : `${names.length} names`, ALLOWED)
  }
  for (const name of names) {
    const isName = typeof name === 'string' && name !== '' && name.length <= MAX_TAG_LENGTH
    if (!isName || !isWellFormed(name)) throw optionError('tags', name, ALLOWED)
  }
  return names
}

export function newVersion(): number {
  return Math.floor(Math.random() * VERSIONS)
}

/** The version that an item under a tag's key holds. */
export function versionOf(found: Found | undefined): string | undefined {
  const value = found?.state === 'fresh' ? found.value : undefined
  return Number.isSafeInteger(value) ? String(value) : undefined
}

/** Compares what an entry carries with what is so now. A lost tag never makes one valid again. */
export function judge(tags: TagVersions | undefined, versions: ReadVersions): Verdict {
  if (tags === undefined) return 'valid'
  let verdict: Verdict = 'valid'
  for (const [key, version] of tags) {
    const now = versions.get(key)
    if (now === version) continue
    if (now === undefined) {
      if (versions.has(key)) return 'unusable'
      verdict = 'unknown'
      continue
    }
    const steps = Number(now) - Number(version)
    if (!(steps > 0 && steps <= MAX_SOFT_STEPS)) return 'unusable'
    if (verdict === 'valid') verdict = 'stale'
  }
  return verdict
}
