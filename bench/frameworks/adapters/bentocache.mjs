import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'

/** `store`: `memory`, `redis`, or `tiers`, which is memory before Redis with its bus between. */
export function open({ store, servers, isShared = false, ttlMs, staleMs = 0 }) {
  const bento = new BentoCache({
    default: 'main',
    stores: { main: stack(store, servers, isShared) },
  })
  // With a timeout of 0, its default, what is stale is served while one caller refreshes it.
  const stale = staleMs > 0 ? { grace: staleMs } : {}
  return {
    get: (key) => bento.get({ key }),
    set: (key, value) => bento.set({ key, value, ttl: ttlMs }),
    getOrSet: (key, factory) => bento.getOrSet({ key, factory, ttl: ttlMs, ...stale }),
    getOrSetTagged: (key, factory, tags) => bento.getOrSet({ key, factory, ttl: ttlMs, tags }),
    invalidateTag: (tag) => bento.deleteByTag({ tags: [tag] }),
  }
}

function stack(store, servers, isShared) {
  // More than its 1,000, or nothing of 1,000 keys and some tags would stay.
  const memory = memoryDriver({ maxItems: 20_000, ...(isShared && { serialize: false }) })
  if (store === 'memory') return bentostore().useL1Layer(memory)
  const [host, port] = servers[0].split(':')
  const connection = { host, port: Number(port) }
  const redis = bentostore().useL2Layer(redisDriver({ connection }))
  if (store === 'redis') return redis
  return redis.useL1Layer(memory).useBus(redisBusDriver({ connection }))
}
