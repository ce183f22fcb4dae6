import { createCache } from 'cache-manager'
import { Keyv } from 'keyv'
import { keyvOver } from '../keyv-over.mjs'

/** By itself it hands out what it keeps; with a Keyv of its own in memory it copies, by JSON. */
export function open({ store, servers, isShared = false, ttlMs, refreshMs }) {
  const keyv = store === 'memory' ? new Keyv() : keyvOver(store, servers)
  const cache = createCache(isShared ? {} : { stores: [keyv] })
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value, ttlMs),
    getOrSet: (key, compute) => cache.wrap(key, compute, ttlMs, refreshMs),
  }
}
