import { pathToFileURL } from 'node:url'

/** `dist`: the folder of a build. `isShared`: hits give the frozen copy itself. */
export async function open({ store, servers, dist, isShared = false, ttlMs, staleMs = 0 }) {
  const { createCaches } = await import(pathToFileURL(`${dist}/index.js`).href)
  const { default: cache } = createCaches({
    default: store === 'memory' ? inMemory(isShared) : byServer(servers),
  })
  const ttl = ttlMs / 1000
  const stale = staleMs > 0 ? { staleWhileRevalidate: staleMs / 1000 } : {}
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value, { ttl }),
    getOrSet: (key, compute) => cache.getOrSet(key, compute, { ttl, ...stale }),
    getOrSetTagged: (key, compute, tags) => cache.getOrSet(key, compute, { ttl, tags }),
    invalidateTag: (tag) => cache.invalidateTags([tag]),
  }
}

function inMemory(isShared) {
  return { backend: 'memory', ...(isShared && { options: { share: true } }) }
}

// Longer than the defaults only so that a busy machine ends no run; and an outage is not to pass for a
// miss here.
function byServer(location) {
  const options = { timeoutMs: 10_000 }
  return { backend: 'memcached', location, options, waitMs: 30_000, onFailure: 'throw' }
}
