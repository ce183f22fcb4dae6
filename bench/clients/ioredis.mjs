import { Redis } from 'ioredis'

/** Strings, on Redis. */
export function open({ servers: [server] }) {
  const [host, port] = server.split(':')
  const client = new Redis({ host, port: Number(port), enableAutoPipelining: true })
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, 'EX', 3600),
    getMany: (keys) => client.mget(keys),
    value: (reply, key, keys) => (key === undefined ? reply : reply[keys.indexOf(key)]),
  }
}
