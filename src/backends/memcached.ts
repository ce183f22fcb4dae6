import type {
  Backend,
  Entry,
  Found,
  LeaseRead,
  LeaseToken,
  ReportFailure,
} from '../cache/backend.ts'
import {
  type ListedKey,
  MemcachedClient,
  type MemcachedOptions,
  type ServerEntry,
} from '../client/index.ts'
import { type Clock, systemClock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { type Item, itemOf, readItem } from './memcached-item.ts'
import { MemcachedLeases } from './memcached-lease.ts'
import { MemcachedRewrites } from './memcached-rewrite.ts'

// Commands of one call in flight at once: well under the client's `maxPending`.
const SLICE = 1000
// Keys of one listing: fewer than the client holds for a reader that is slower than the server.
const ROUND = 50_000

/**
 * Keeps values on Memcached servers, in a form that other clients can read where that loses nothing.
 *
 * Given a client, it shares it and leaves it open when it is closed itself. It uses what rejects in
 * an outage whatever the client's `onFailure` says: what that looks like, the cache decides.
 */
export class MemcachedBackend implements Backend {
  readonly name = 'memcached'
  readonly client: MemcachedClient
  readonly #clock: Clock
  readonly #ownsClient: boolean
  readonly #leases: MemcachedLeases
  readonly #rewrites: MemcachedRewrites

  /** Connects with the first command, not here. Give a shared client's own `clock` as well. */
  constructor(
    servers: string | readonly ServerEntry[] | MemcachedOptions | MemcachedClient,
    options: { readonly clock?: Clock } = {},
  ) {
    this.#ownsClient = !(servers instanceof MemcachedClient)
    this.#clock = options.clock ?? clockOf(servers) ?? systemClock
    this.client = servers instanceof MemcachedClient ? servers : new MemcachedClient(servers)
    this.#leases = new MemcachedLeases(this.client, this.#clock)
    this.#rewrites = new MemcachedRewrites(this.client, this.#clock)
  }

  async get(key: string): Promise<Found | undefined> {
    const hit = await this.client.metaGet(key, { value: true, flags: true, ttl: true })
    const item = hit.kind === 'hit' ? readItem(key, hit, this.#clock.now()) : undefined
    return item?.kind === 'found' ? item.found : undefined
  }

  async getMany(keys: readonly string[], report: ReportFailure): Promise<Map<string, Found>> {
    const found = new Map<string, Found>()
    await eachSlice(keys, report, async (key) => {
      const hit = await this.client.metaGet(key, { value: true, flags: true })
      const item = hit.kind === 'hit' ? readItem(key, hit, this.#clock.now()) : undefined
      if (item?.kind === 'found') found.set(key, item.found)
    })
    return found
  }

  async set(key: string, entry: Entry): Promise<boolean> {
    return this.#store(key, itemOf(key, entry, this.#clock.now()))
  }

  async setMany(entries: ReadonlyMap<string, Entry>, report: ReportFailure): Promise<string[]> {
    const nowMs = this.#clock.now()
    // All are encoded first: one that is unfit must not leave half of them stored.
    const items = Array.from(entries, ([key, entry]) => ({ key, item: itemOf(key, entry, nowMs) }))
    const refused = new Set(entries.keys())
    await eachSlice(items, report, async ({ key, item }) => {
      if (await this.#store(key, item)) refused.delete(key)
    })
    return [...refused]
  }

  async add(key: string, entry: Entry): Promise<boolean> {
    return orDeclined(this.#rewrites.add(key, entry))
  }

  async delete(key: string): Promise<boolean> {
    return (await this.client.metaDelete(key)) === 'deleted'
  }

  async deleteMany(keys: readonly string[], report: ReportFailure): Promise<number> {
    let count = 0
    await eachSlice(keys, report, async (key) => {
      if ((await this.client.metaDelete(key)) === 'deleted') count++
    })
    return count
  }

  touch(key: string, ttl: Seconds): Promise<boolean> {
    return this.#rewrites.touch(key, ttl)
  }

  async incr(
    key: string,
    delta: bigint,
    initial?: { value: bigint; ttl: Seconds },
  ): Promise<bigint | undefined> {
    const mode = delta < 0n ? 'decr' : 'incr'
    const reply = await this.client.metaArithmetic(key, {
      mode,
      delta: delta < 0n ? -delta : delta,
    })
    if (reply.kind === 'value') return reply.value
    // Not the server's own `J`: it would make the item with flags 0, which is bytes (1.6.18).
    if (reply.kind === 'missing' && initial === undefined) return undefined
    return this.#rewrites.count(key, delta, initial)
  }

  async invalidate(key: string, staleFor: Seconds): Promise<boolean> {
    const ttl = staleFor === Infinity ? undefined : staleFor
    return (await this.client.metaDelete(key, { invalidate: true, ttl })) === 'deleted'
  }

  lease(key: string, leaseFor: Seconds): Promise<LeaseRead> {
    return this.#leases.lease(key, leaseFor)
  }

  renew(token: LeaseToken, leaseFor: Seconds): Promise<LeaseToken | undefined> {
    return this.#leases.renew(token, leaseFor)
  }

  fill(token: LeaseToken, entry: Entry): Promise<boolean> {
    return this.#leases.fill(token, entry)
  }

  release(token: LeaseToken): Promise<void> {
    return this.#leases.release(token)
  }

  /** Lists all keys of every server and deletes those that start with `prefix`. */
  async clear(prefix: string): Promise<void> {
    // Servers list faster than they delete.
    while ((await this.#clearSome(prefix)) === ROUND) {}
  }

  async #clearSome(prefix: string): Promise<number> {
    let count = 0
    let batch: ListedKey[] = []
    const remove = async (): Promise<void> => {
      await Promise.all(batch.map((listed) => this.client.deleteListed(listed)))
      batch = []
    }
    for await (const listed of this.client.keys({ startsWith: prefix, limit: ROUND })) {
      count++
      batch.push(listed)
      if (batch.length === SLICE) await remove()
    }
    await remove()
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ownsClient) await this.client.close()
  }

  async #store(key: string, { flags, bytes, ttl }: Item): Promise<boolean> {
    return orDeclined(this.client.metaSet(key, bytes, { flags, ttl }).then(() => true))
  }
}

function clockOf(servers: unknown): Clock | undefined {
  const isOptions = typeof servers === 'object' && servers !== null && 'clock' in servers
  return isOptions ? (servers as MemcachedOptions).clock : undefined
}

async function orDeclined(storing: Promise<boolean>): Promise<boolean> {
  try {
    return await storing
  } catch (error) {
    // The client or the server has removed the old value when it refused the new one.
    if (CacheError.is(error) && error.code === 'ERR_VALUE_TOO_LARGE') return false
    throw error
  }
}

/** Runs one command for each item, {@link SLICE} in one go; one that fails is reported. */
async function eachSlice<T>(
  items: readonly T[],
  report: ReportFailure,
  run: (item: T) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += SLICE) {
    const slice = items.slice(start, start + SLICE)
    await Promise.all(slice.map((item) => run(item).catch(report)))
  }
}
