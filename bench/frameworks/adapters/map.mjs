/** A Map: no lifetime, no bound, no copies. */
export function open() {
  const map = new Map()
  return {
    get: (key) => map.get(key),
    set: (key, value) => map.set(key, value),
    getOrSet: (key, compute) => map.get(key) ?? fill(map, key, compute),
  }
}

async function fill(map, key, compute) {
  const value = await compute()
  map.set(key, value)
  return value
}
