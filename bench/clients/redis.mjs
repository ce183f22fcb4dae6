import { createClient } from 'redis'

/** Strings, on Redis. It pipelines what one tick asks for by itself. */
export async function open({ servers: [server] }) {
  const client = createClient({ url: `redis://${server}` })
  await client.connect()
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, { expiration: { type: 'EX', value: 3600 } }),
    getMany: (keys) => client.mGet(keys),
    value: (reply, key, keys) => (key === undefined ? reply : reply[keys.indexOf(key)]),
  }
}
