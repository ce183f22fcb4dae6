import memjs from 'memjs'

/** Buffers; no multi-get, so `getMany` is one get per key. */
export function open({ servers }) {
  const client = memjs.Client.create(servers.join(','), { timeout: 10, conntimeout: 10 })
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, { expires: 3600 }),
    getMany: async (keys) => {
      const replies = await Promise.all(keys.map((key) => client.get(key)))
      return new Map(keys.map((key, i) => [key, replies[i]]))
    },
    value: (reply, key) => (key === undefined ? reply : reply.get(key)).value ?? undefined,
  }
}
