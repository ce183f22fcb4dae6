/** Every client by name: whose server it talks to and what it cannot do. */
export const CLIENTS = {
  floor: { server: 'memcached' },
  // The floor for those who read into one buffer over and over. Shown on demand, judges nobody.
  'floor-fixed': {
    server: 'memcached',
    adapter: 'floor',
    settings: { fixedBuffer: true },
    onDemand: true,
  },
  ours: { server: 'memcached' },
  // A second build of ours, by `--base`.
  base: { server: 'memcached', adapter: 'ours', onDemand: true },
  memjs: { server: 'memcached', isPeer: true },
  memcached: { server: 'memcached', isPeer: true },
  memcache: { server: 'memcached', isPeer: true },
  // To it several servers are replicas, one of which it asks at random.
  'memcache-client': { server: 'memcached', isPeer: true, maxServers: 1 },
  // Several Redis servers are a cluster, which is another thing to run.
  ioredis: { server: 'redis', maxServers: 1 },
  redis: { server: 'redis', maxServers: 1 },
}

/** Whether the workload is something that the client does. */
export function takesPart(client, { servers, verb }) {
  // A bare socket makes no strings: as text it would be the row of the bytes again.
  if (client.startsWith('floor') && verb === 'text') return false
  return servers <= (CLIENTS[client].maxServers ?? Number.POSITIVE_INFINITY)
}
