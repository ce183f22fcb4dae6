import { Keyv } from 'keyv'
import { keyvOver } from '../keyv-over.mjs'

/** It has no getOrSet: this is what its users write. */
export function open({ store, servers, isShared = false, ttlMs }) {
  const keyv = store === 'memory' ? new Keyv() : keyvOver(store, servers)
  if (isShared) {
    keyv.serialize = undefined
    keyv.deserialize = undefined
  }
  return {
    get: (key) => keyv.get(key),
    set: (key, value) => keyv.set(key, value, ttlMs),
    getOrSet: async (key, compute) => {
      const found = await keyv.get(key)
      if (found !== undefined) return found
      const value = await compute()
      await keyv.set(key, value, ttlMs)
      return value
    },
  }
}
