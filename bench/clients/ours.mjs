import { pathToFileURL } from 'node:url'

/** `dist`: the folder of a build, so that two builds can be compared in one run. */
export async function open({ servers, dist }) {
  const { MemcachedClient } = await import(pathToFileURL(`${dist}/client/index.js`).href)
  // Longer than the default only so that a busy machine does not end the run.
  const client = new MemcachedClient({ servers, timeoutMs: 10_000, maxValueBytes: 2 ** 21 })
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, { ttl: 3600 }),
    getMany: (keys) => client.getMany(keys),
    value: (reply, key) => (key === undefined ? reply : reply.get(key))?.value,
  }
}
