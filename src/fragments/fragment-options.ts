import type { Cache } from '../cache/cache.ts'
import { parseWindow } from '../cache/fill-options.ts'
import { checkVersion, type Version } from '../cache/keys.ts'
import { checkTags } from '../cache/tags.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Duration, Seconds } from '../units.ts'
import { fragmentKey } from './key.ts'
import { type FragmentSource, fragmentCache } from './source.ts'
import { fragmentDuration, fragmentTtl } from './ttl.ts'

/** How one fragment is named and kept: the same in every template engine. */
export interface FragmentOptions {
  /**
   * Lifetime: seconds, or a string such as `'15m'`. `null` or `Infinity`: for ever. 0 or less:
   * rendered each time. Without it, the ttl of the cache's alias.
   */
  readonly ttl?: Duration | null | undefined
  /** What the fragment depends on, as {@link fragmentKey} takes it. */
  readonly varyOn?: readonly unknown[] | undefined
  /** The alias to keep it in. Without it `fragments` where there is one, else `default`. */
  readonly using?: string | undefined
  /**
   * Tags, for `cache.invalidateTags`: one, or a list. A fragment around this one in the same alias
   * has them, too.
   */
  readonly tags?: string | Iterable<string> | undefined
  /**
   * Kept for so long after its ttl. One caller of the fleet renders it anew; all others get the old
   * text meanwhile. Default: 0.
   */
  readonly staleWhileRevalidate?: Duration | undefined
  /** Default: the alias's. */
  readonly version?: Version | undefined
  /** Of the template that it is written in: becomes part of the key, so that a change renders it anew. */
  readonly digest?: string | undefined
}

/** {@link FragmentOptions} checked, with everything that they decide. */
export interface PlacedFragment {
  readonly cache: Cache
  readonly name: string
  readonly key: string
  readonly ttl: Seconds
  readonly tags: readonly string[]
  readonly staleWhileRevalidate: Seconds
  readonly version: Version | undefined
}

const OPTIONS = ['digest', 'staleWhileRevalidate', 'tags', 'ttl', 'using', 'varyOn', 'version']

const NO_TAGS: readonly string[] = Object.freeze([])

/**
 * Checks what a template or a caller says of a fragment; `more`: names of options that the caller
 * reads itself.
 *
 * @throws {@link CacheError} `ERR_KEY_INVALID`, `ERR_OPTION_INVALID` or `ERR_ALIAS_UNKNOWN`.
 */
export function placeFragment(
  source: FragmentSource,
  name: string,
  options: FragmentOptions,
  more: readonly string[] = [],
): PlacedFragment {
  checkOptions(
    'the options of a fragment',
    options,
    more.length > 0 ? [...OPTIONS, ...more] : OPTIONS,
  )
  const { ttl, varyOn, using, tags, staleWhileRevalidate, version, digest } = options
  const cache = fragmentCache(source, using)
  return {
    cache,
    name,
    key: fragmentKey(name, varyOn, digest === undefined ? {} : { digest }),
    ttl: ttl === undefined ? cache.settings.ttl : fragmentTtl(ttl),
    tags: tags === undefined ? NO_TAGS : checkTags(typeof tags === 'string' ? [tags] : tags),
    staleWhileRevalidate:
      staleWhileRevalidate === undefined
        ? 0
        : windowOf(fragmentDuration('staleWhileRevalidate', staleWhileRevalidate)),
    version: version === undefined ? undefined : checkVersion(version),
  }
}

function windowOf(seconds: Seconds): Seconds {
  return parseWindow('staleWhileRevalidate', seconds)
}

/** For engines that hand over what a template says: refuses an alias that is no text. */
export function checkUsing(using: unknown): string {
  if (typeof using === 'string') return using
  throw optionError('using', using, 'the alias of a cache')
}
