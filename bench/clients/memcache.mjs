import { Memcache } from 'memcache'

/** Strings. It reads an error as a miss: the runner refuses any miss. */
export function open({ servers }) {
  const client = new Memcache({ nodes: servers, timeout: 10_000 })
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, 3600),
    getMany: (keys) => client.gets(keys),
    value: (reply, key) => (key === undefined ? reply : reply.get(key)),
  }
}
