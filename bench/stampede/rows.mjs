/**
 * Who is put to the test: over a store that processes share, and in their second form with memory in
 * front of it. `settings` go to the adapter; for the hot key each serves stale as best it can.
 */
export const ROWS = [
  row('reprise', { store: 'memcached', staleMs: 10_000 }),
  row('bentocache, Redis', { store: 'redis', staleMs: 10_000 }),
  row('bentocache, memory + Redis + bus', { store: 'tiers', staleMs: 10_000 }),
  row('cacheable, @keyv/redis', { store: 'redis' }),
  row('cacheable, memory + @keyv/redis', { store: 'redis', isTiered: true }),
  row('cache-manager, @keyv/redis', { store: 'redis', refreshMs: 500 }),
  row('cache-manager, @keyv/memcache', { store: 'memcached', refreshMs: 500 }),
  row('keyv, @keyv/redis', { store: 'redis' }),
]

function row(name, settings) {
  const [adapter] = name.split(',')
  return { name, adapter, settings }
}
