import type { Attributes } from '@opentelemetry/api'

const NAMED = /^\[?(.+?)\]?:(\d{1,5})$/
/** Of memcached: conventions want a port only where it is another one. */
const DEFAULT_PORT = 11_211

/** `server.address` and `server.port` of a server by its name: `host:port`, `[v6]:port` or a path. */
export function addressAttributes(server: string): Attributes {
  const [, host, port] = NAMED.exec(server) ?? []
  if (host === undefined || server.startsWith('/')) return { 'server.address': server }
  if (Number(port) === DEFAULT_PORT) return { 'server.address': host }
  return { 'server.address': host, 'server.port': Number(port) }
}

const REMOVALS = ['delete', 'deleteMany', 'invalidate', 'invalidateTags', 'expire', 'clear']
const WRITES = ['set', 'setMany', 'add', 'touch', 'incr', 'decr', 'incrVersion', 'decrVersion']
const KINDS: ReadonlyMap<string, string> = new Map([
  ...REMOVALS.map((name) => [name, 'remove'] as const),
  ...WRITES.map((name) => [name, 'put'] as const),
])

/** What a call of the cache is: its name, and the kind that boards for caches group by. */
export function cacheAttributes(operation: string): Attributes {
  return { 'db.operation.name': operation, 'cache.operation': KINDS.get(operation) ?? 'get' }
}
