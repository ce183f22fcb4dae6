import { CacheError } from '../errors.ts'
import { listItems } from '../net/listing.ts'
import { hashedKeyStart, listedKey, type WireKey } from '../protocol/key.ts'
import type { ListedItem } from '../protocol/stats.ts'
import type { Bytes } from '../units.ts'
import type { ResolvedMemcachedOptions } from './options.ts'
import type { Router } from './router.ts'

/** One key that a server lists. */
export interface ListedKey {
  readonly server: string
  /**
   * The key, decoded. Where `hashed`: `reprise#`, the key's printable start, `#` and its digest;
   * the whole key is not on the server.
   */
  readonly key: string
  readonly hashed: boolean
  /** Unix time in seconds; `Infinity`: never. */
  readonly expiresAt: number
  /** Unix time in seconds. */
  readonly lastAccessAt: number
  /** Whether anybody has read it. */
  readonly fetched: boolean
  /** With the server's header. */
  readonly sizeBytes: Bytes
}

/** Which keys to list. */
export interface KeysOptions {
  /** Only keys that start so. A hashed key is told by its printable start alone. */
  readonly startsWith?: string | undefined
  /** At most so many, of all servers together. */
  readonly limit?: number | undefined
}

// How `deleteListed` finds the key again that was listed, whatever form it is stored in.
const WIRE = new WeakMap<ListedKey, WireKey>()

/** The wire form that `listed` had; `undefined` where it has none, or did not come from a listing. */
export function wireOf(listed: ListedKey): WireKey | undefined {
  return WIRE.get(listed)
}

export async function* listKeys(
  router: Router,
  options: KeysOptions,
  { connectTimeoutMs, timeoutMs, lookup }: ResolvedMemcachedOptions,
): AsyncGenerator<ListedKey> {
  const { startsWith = '', limit = Infinity } = options
  // A crawler yields to the server's other work.
  const patience = { connectTimeoutMs, silenceMs: 10 * timeoutMs, lookup }
  let count = 0
  for (const server of router.servers) {
    if (count >= limit) return
    if (router.closed) throw new CacheError('ERR_CLOSED', 'The client is closed.')
    for await (const item of listItems(server.address, patience)) {
      const listed = describe(server.name, item)
      const start = listed.hashed ? hashedKeyStart(listed.key) : listed.key
      if (!start.startsWith(startsWith)) continue
      yield listed
      if (++count >= limit) return
    }
  }
}

function describe(server: string, item: ListedItem): ListedKey {
  const wire = listedKey(item.key)
  const listed: ListedKey = {
    server,
    key: item.key.toString('utf8'),
    hashed: wire?.hashed === true,
    expiresAt: item.expiresAt === -1 ? Infinity : item.expiresAt,
    lastAccessAt: item.lastAccessAt,
    fetched: item.fetched,
    sizeBytes: item.size,
  }
  if (wire !== undefined) WIRE.set(listed, wire)
  return listed
}
