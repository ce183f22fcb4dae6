import { LRUCache } from 'lru-cache'

/** Bare, or with `structuredClone` on both sides, which is how one isolates it by hand. */
export function open({ isShared }) {
  const cache = new LRUCache({ max: 10_000 })
  const get = isShared ? (key) => cache.get(key) : (key) => structuredClone(cache.get(key))
  const set = isShared
    ? (key, value) => cache.set(key, value)
    : (key, value) => cache.set(key, structuredClone(value))
  return { get, set, getOrSet: (key, compute) => get(key) ?? fill(set, key, compute) }
}

async function fill(set, key, compute) {
  const value = await compute()
  set(key, value)
  return value
}
