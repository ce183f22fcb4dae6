/**
 * A backend over any store that Keyv has an adapter for.
 *
 * @module
 */

import type {
  Backend,
  Entry,
  Found,
  LeaseRead,
  LeaseToken,
  ReportFailure,
} from '../cache/backend.ts'
import { notANumber } from '../cache/counters.ts'
import type { Seconds } from '../units.ts'
import { addToCounter, counted } from './counter.ts'
import { ageAt, entryOf } from './entry-header.ts'
import { clearKeyv } from './keyv-clear.ts'
import { KeyvItems } from './keyv-items.ts'
import { KeyvLeases } from './keyv-lease.ts'
import {
  checkKeyv,
  type KeyvBackendOptions,
  type KeyvLike,
  resolveKeyvOptions,
} from './keyv-options.ts'
import { markedStale } from './keyv-record.ts'

export { KEYV_DEFAULTS, type KeyvBackendOptions, type KeyvLike } from './keyv-options.ts'

// Keys of one call that are in flight at once.
const SLICE = 1000

/**
 * Keeps values in any store that Keyv has an adapter for: Redis, SQL, files and others.
 *
 * What it promises it promises **within one process**: leases, and that `add`, `incr`, `touch` and
 * `invalidate` are one step. Keyv has nothing for that between processes: two that compute the same
 * key compute it twice, and two that count at the same time may count once.
 *
 * A store that hangs is waited for no longer than `timeoutMs`.
 *
 * @example
 * ```ts
 * import Keyv from 'keyv'
 * import { createCaches } from 'reprise'
 * import { KeyvBackend } from 'reprise/keyv'
 *
 * const caches = createCaches({ default: { backend: new KeyvBackend(new Keyv()) } })
 * await caches.default.set('greeting', { at: new Date() }, { ttl: '15m' })
 * await caches.close()
 * ```
 */
export class KeyvBackend implements Backend {
  readonly name = 'keyv'
  readonly #keyv: KeyvLike
  readonly #sharesKeyv: boolean
  readonly #items: KeyvItems
  readonly #leases: KeyvLeases

  /**
   * Listens to the `error` events of `keyv`, and sets its `throwOnErrors`, without which a store that
   * failed looks like one that has nothing.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`.
   */
  constructor(keyv: KeyvLike, options: KeyvBackendOptions = {}) {
    const resolved = resolveKeyvOptions(options)
    this.#keyv = checkKeyv(keyv)
    this.#sharesKeyv = resolved.sharesKeyv
    this.#items = new KeyvItems(keyv, resolved)
    this.#leases = new KeyvLeases(this.#items)
  }

  async get(key: string): Promise<Found | undefined> {
    return (await this.#items.read(key))?.found
  }

  async getMany(keys: readonly string[], report: ReportFailure): Promise<Map<string, Found>> {
    const found = new Map<string, Found>()
    for (let start = 0; start < keys.length; start += SLICE) {
      const slice = keys.slice(start, start + SLICE)
      await this.#items.readMany(slice, found, report).catch(report)
    }
    return found
  }

  async set(key: string, entry: Entry): Promise<boolean> {
    const stored = this.#items.encode(key, entry)
    return this.#items.turn(key, (turn) => turn.write(stored))
  }

  async setMany(entries: ReadonlyMap<string, Entry>, report: ReportFailure): Promise<string[]> {
    // All are encoded first: one that is unfit must not leave half of them stored.
    const all = Array.from(entries, ([key, entry]) => {
      return { key, stored: this.#items.encode(key, entry) }
    })
    const refused = new Set(entries.keys())
    await eachSlice(all, report, async ({ key, stored }) => {
      if (await this.#items.turn(key, (turn) => turn.write(stored))) refused.delete(key)
    })
    return [...refused]
  }

  async add(key: string, entry: Entry): Promise<boolean> {
    const stored = this.#items.encode(key, entry)
    return this.#items.turn(key, async (turn) => {
      return (await turn.read()) === undefined && turn.write(stored)
    })
  }

  /** Whether something was there is what the store says, be it past its time. */
  delete(key: string): Promise<boolean> {
    return this.#items.turn(key, async (turn) => {
      const wasLeased = this.#items.leases.cancel(key)
      return (await turn.remove()) || wasLeased
    })
  }

  async deleteMany(keys: readonly string[], report: ReportFailure): Promise<number> {
    let count = 0
    await eachSlice(keys, report, async (key) => {
      if (await this.delete(key)) count++
    })
    return count
  }

  touch(key: string, ttl: Seconds): Promise<boolean> {
    return this.#items.turn(key, async (turn) => {
      const read = await turn.read()
      if (read?.found.state !== 'fresh') return false
      const nowMs = this.#items.now()
      const entry = entryOf(read.found, read.header, nowMs)
      const newTtl = ageAt(entry.createdAtMs, nowMs) / 1000 + ttl
      return turn.write(this.#items.encode(key, { ...entry, ttl: newTtl }))
    })
  }

  incr(
    key: string,
    delta: bigint,
    initial?: { value: bigint; ttl: Seconds },
  ): Promise<bigint | undefined> {
    return this.#items.turn(key, async (turn) => {
      const read = await turn.read()
      const nowMs = this.#items.now()
      if (read?.found.state !== 'fresh') {
        if (initial === undefined) return undefined
        const { value, ttl } = initial
        const entry = { value: counted(value), createdAtMs: nowMs, ttl, staleFor: 0 }
        await turn.write(this.#items.encode(key, entry))
        return value
      }
      const sum = addToCounter(read.found.value, delta)
      if (sum === undefined) throw notANumber(key)
      const entry = entryOf(read.found, read.header, nowMs)
      await turn.write(this.#items.encode(key, { ...entry, value: sum.stored }))
      return sum.value
    })
  }

  invalidate(key: string, staleFor: Seconds): Promise<boolean> {
    return this.#items.turn(key, async (turn) => {
      const read = await turn.read()
      if (read === undefined) return this.#items.leases.cancel(key)
      return turn.write(markedStale(read, staleFor, this.#items.now()))
    })
  }

  /** Two round trips where this process changes the key at the same time. */
  lease(key: string, leaseFor: Seconds): Promise<LeaseRead> {
    return this.#leases.lease(key, leaseFor)
  }

  leaseAgain(key: string, found: Found, leaseFor: Seconds): Promise<LeaseRead | 'changed'> {
    return this.#leases.leaseAgain(key, found, leaseFor)
  }

  async renew(token: LeaseToken, leaseFor: Seconds): Promise<LeaseToken | undefined> {
    return this.#leases.renew(token, leaseFor)
  }

  fill(token: LeaseToken, entry: Entry): Promise<boolean> {
    return this.#leases.fill(token, entry)
  }

  async release(token: LeaseToken): Promise<void> {
    this.#leases.release(token)
  }

  async backOff(token: LeaseToken, seconds: Seconds): Promise<void> {
    this.#leases.backOff(token, seconds)
  }

  /**
   * Lists the store and deletes what starts with `prefix`. A store that cannot list is cleared of all
   * that is in the namespace of its `Keyv`.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID` where it cannot list and there is no namespace.
   */
  async clear(prefix: string): Promise<void> {
    await this.#items.settle(prefix)
    await clearKeyv(this.#keyv, this.#items, prefix)
  }

  /** Disconnects the `Keyv`, unless it `sharesKeyv`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#items.leases.clear('')
    if (!this.#sharesKeyv) await this.#items.calls.close()
  }
}

/** Runs one call for each item, {@link SLICE} in one go; one that fails is reported. */
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
