import { MemcacheClient } from 'memcache-client'

/** Strings. Several servers are replicas to it, so it has no row for three of them. */
export function open({ servers }) {
  const client = new MemcacheClient({
    server: { server: servers[0], maxConnections: 1 },
    cmdTimeout: 10_000,
    noDelay: true,
  })
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, { lifetime: 3600 }),
    getMany: (keys) => client.get(keys),
    value: (reply, key) => (key === undefined ? reply : reply[key])?.value,
  }
}
