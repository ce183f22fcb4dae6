import type { StatsClient } from '../admin/readings.ts'
import { createCaches, describeCaches } from '../caches.ts'
import { MemcachedClient } from '../client/client.ts'
import { UsageError } from './usage.ts'

const HERE = '127.0.0.1:11211'

export interface OpenedClient {
  readonly client: StatsClient
  readonly close: () => Promise<void>
}

/**
 * The servers that `--servers` names, else CACHE_URL, else MEMCACHE_SERVERS, else this machine.
 *
 * @throws {@link UsageError} where CACHE_URL names a cache that has no servers.
 */
export function openClient(
  servers: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): OpenedClient {
  if (servers === undefined && env.CACHE_URL) return fromUrl(env.CACHE_URL)
  const client = new MemcachedClient({
    servers: servers ?? (env.MEMCACHE_SERVERS || HERE),
    onFailure: 'throw',
  })
  return { client, close: () => client.close() }
}

function fromUrl(url: string): OpenedClient {
  const caches = createCaches({ default: url }, { env: {} })
  const [described] = describeCaches(caches)
  const close = () => caches.close()
  if (described?.client !== undefined) return { client: described.client, close }
  void close()
  throw new UsageError(
    'CACHE_URL names no Memcached servers: set it to memcached://host, or give --servers.',
  )
}
