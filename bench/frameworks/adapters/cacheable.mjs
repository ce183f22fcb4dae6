import { Cacheable, createKeyv } from 'cacheable'
import { keyvOver } from '../keyv-over.mjs'

/** `store`: `memory`, `redis` or `memcached` as the only one, or behind memory as `tiers`. */
export function open({ store, servers, isShared = false, hasTags = false, isTiered, ttlMs }) {
  const memory = createKeyv({ useClone: !isShared })
  const far = store === 'memory' ? undefined : keyvOver(store, servers)
  const cache = new Cacheable({
    primary: isTiered ? memory : (far ?? memory),
    ...(isTiered && { secondary: far }),
    tags: hasTags,
  })
  // Else a computation that fails gives `undefined` to those who wait.
  const options = { ttl: ttlMs, throwErrors: true }
  cache.on('error', () => undefined)
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value, ttlMs),
    getOrSet: (key, compute) => cache.getOrSet(key, compute, options),
    // Its getOrSet takes no tags: they are given to `set`, and every read looks at them.
    getOrSetTagged: (key, compute) => cache.getOrSet(key, compute, options),
    setTagged: (key, value, tags) => cache.set(key, value, { ttl: ttlMs, tags }),
    invalidateTag: (tag) => cache.tags.invalidateTag(tag),
  }
}
