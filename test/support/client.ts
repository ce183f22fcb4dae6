import { MemcachedClient, type MemcachedOptions, type ServerEntry } from '../../src/client/index.ts'

/**
 * A client that rejects in an outage: what a test about faults can see. The one place that says so.
 */
export function openClient(
  servers: string | readonly ServerEntry[] | MemcachedOptions,
): MemcachedClient {
  const isList = typeof servers === 'string' || Array.isArray(servers)
  const options = isList ? { servers } : (servers as MemcachedOptions)
  return new MemcachedClient({ ...options, onFailure: 'throw' })
}
