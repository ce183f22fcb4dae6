// The clients under test, each with its defaults. An adapter gives `get` (a string, or `undefined`
// on a miss), `set` and `close`; errors are the client's own.
import { promisify } from 'node:util'

const clients = {
  async reprise(server) {
    const { MemcachedClient } = await import('../../dist/client/index.js')
    // As the others do it: a miss that hides an outage would pass for an answer.
    const client = new MemcachedClient({ servers: server, onFailure: 'throw' })
    return {
      get: async (key) => (await client.get(key))?.value.toString(),
      set: (key, value) => client.set(key, value),
    }
  },

  async memjs(server) {
    const { default: memjs } = await import('memjs')
    // It logs each failure to the console by default; nothing else is changed.
    const client = memjs.Client.create(server, { logger: { log() {} } })
    return {
      get: async (key) => (await client.get(key)).value?.toString(),
      set: (key, value) => client.set(key, value, {}),
    }
  },

  async memcached(server) {
    const { default: Memcached } = await import('memcached')
    const client = new Memcached(server)
    const get = promisify(client.get.bind(client))
    return {
      get: (key) => get(key),
      set: promisify((key, value, done) => client.set(key, value, 300, done)),
    }
  },

  async memcache(server) {
    const { Memcache } = await import('memcache')
    const client = new Memcache(server)
    // Without a listener an `error` event ends the process: an application has one.
    client.on('error', () => {})
    return {
      get: (key) => client.get(key),
      set: (key, value) => client.set(key, value),
    }
  },

  async 'memcache-client'(server) {
    const { MemcacheClient } = await import('memcache-client')
    const client = new MemcacheClient({ server })
    return {
      get: async (key) => (await client.get(key))?.value,
      set: (key, value) => client.set(key, value),
    }
  },
}

export const CLIENTS = Object.keys(clients)

/** Opens the client of that name on one server. */
export function openClient(name, server) {
  return clients[name](server)
}
