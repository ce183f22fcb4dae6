/**
 * Who takes part in what. `settings` go to the adapter. `isolation` is what is checked before the
 * clock starts: `copies` on both sides or on the way out only (`copiesOut`), the cached object itself
 * (`shared`), or itself but `frozen`.
 */
function row(name, settings = {}, more = {}) {
  const { isolation = 'copies', adapter = name.split(' ')[0] } = more
  const isOurs = adapter === 'reprise'
  const isRaw = adapter === 'lru-cache' || adapter === 'map'
  return { name, adapter, isolation, isOurs, isPeer: !isOurs && !isRaw, ...more, settings }
}

const memory = { store: 'memory' }
const shared = { ...memory, isShared: true }
const LRU = row('lru-cache', shared, { isolation: 'shared' })
const MAP = row('Map', shared, { adapter: 'map', isolation: 'shared' })

const COPYING = [
  row('reprise', memory),
  row('bentocache', memory),
  // It keeps what it is given itself. A hit does not show that.
  row('cacheable', memory, { isolation: 'copiesOut' }),
  row('cache-manager, Keyv', memory, { adapter: 'cache-manager' }),
  row('keyv', memory),
]

/** In this process, what the caller gets being a copy of its own. */
export const COPIES = [...COPYING, row('lru-cache + structuredClone', memory)]

/** In this process, what the caller gets being what everybody gets. */
export const REFERENCES = [
  row('reprise, share', shared, { adapter: 'reprise', isolation: 'frozen' }),
  row('bentocache, serialize: false', shared, { adapter: 'bentocache', isolation: 'shared' }),
  row('cacheable, useClone: false', shared, { adapter: 'cacheable', isolation: 'shared' }),
  row('cache-manager', shared, { isolation: 'shared' }),
  row('keyv, serialize: undefined', shared, { adapter: 'keyv', isolation: 'shared' }),
  LRU,
  MAP,
]

/** A text is never copied: those who isolate, as they come, and the bare ones. */
export const TEXTS = [...COPYING, LRU, MAP]

/** By a server, which is asked for every hit. */
export const STORES = [
  row('reprise', { store: 'memcached' }),
  row('bentocache, Redis', { store: 'redis' }, { adapter: 'bentocache' }),
  row('cacheable, @keyv/redis', { store: 'redis' }, { adapter: 'cacheable' }),
  row('cacheable, @keyv/memcache', { store: 'memcached' }, { adapter: 'cacheable' }),
  row('cache-manager, @keyv/redis', { store: 'redis' }, { adapter: 'cache-manager' }),
  row('cache-manager, @keyv/memcache', { store: 'memcached' }, { adapter: 'cache-manager' }),
  row('keyv, @keyv/redis', { store: 'redis' }, { adapter: 'keyv' }),
  row('keyv, @keyv/memcache', { store: 'memcached' }, { adapter: 'keyv' }),
]

/**
 * By a server, with tags: `shared`, the same three on every entry, or three of each entry's `own`.
 * `base` names the row of the same framework without them.
 */
export const TAGGED = [
  row('reprise', { store: 'memcached' }),
  tagged('reprise', 'shared', { store: 'memcached' }),
  tagged('reprise', 'own', { store: 'memcached' }),
  row('bentocache', { store: 'redis' }),
  tagged('bentocache', 'shared', { store: 'redis' }),
  row('cacheable', { store: 'redis' }),
  tagged('cacheable', 'shared', { store: 'redis', hasTags: true }),
]

function tagged(base, tags, settings) {
  return row(`${base}, 3 ${tags} tags`, settings, { adapter: base, tags, base })
}
