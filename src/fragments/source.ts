import type { Cache } from '../cache/cache.ts'
import type { Caches } from '../caches.ts'
import { CacheError, shown } from '../errors.ts'

/** Where fragments are kept: one cache, or caches by alias, of which `fragments` is preferred. */
export type FragmentSource = Cache | Caches

/** The alias `using`; without it `fragments` where there is one, else `default`. */
export function fragmentCache(source: FragmentSource, using?: string): Cache {
  if (isCache(source)) {
    if (using === undefined || using === source.alias) return source
    const message = `\`using\` is ${shown(using)}: these fragments have one cache, ${shown(source.alias)}.`
    throw new CacheError('ERR_ALIAS_UNKNOWN', message)
  }
  return source.get(using ?? (source.names.includes('fragments') ? 'fragments' : 'default'))
}

// Not `instanceof`: two copies of the package in one process have two classes. `names` is a
// reserved alias, so it tells.
function isCache(source: FragmentSource): source is Cache {
  return !('names' in source)
}
