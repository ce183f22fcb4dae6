import Memcached from 'memcached'

/** Strings; callbacks, made promises the cheapest way. */
export function open({ servers }) {
  const client = new Memcached(servers, { timeout: 10_000 })
  const promised = (call) =>
    new Promise((resolve, reject) => {
      call((error, reply) => (error ? reject(error) : resolve(reply)))
    })
  return {
    get: (key) => promised((done) => client.get(key, done)),
    set: (key, value) => promised((done) => client.set(key, value, 3600, done)),
    getMany: (keys) => promised((done) => client.getMulti(keys, done)),
    value: (reply, key) => (key === undefined ? reply : reply[key]),
  }
}
