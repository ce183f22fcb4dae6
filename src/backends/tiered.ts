import type {
  Backend,
  Entry,
  Found,
  LeaseRead,
  LeaseToken,
  ReportFailure,
} from '../cache/backend.ts'
import { systemClock } from '../clock.ts'
import { optionError, shown } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { MemcachedBackend } from './memcached.ts'
import type { MemoryUsage } from './memory-usage.ts'
import { NearCopies } from './near-copies.ts'
import { NearReads } from './near-reads.ts'
import { resolveTieredOptions, type TieredOptions } from './tiered-options.ts'

export { TIERED_DEFAULTS, type TieredOptions } from './tiered-options.ts'

/**
 * Keeps decoded copies of fresh values in this process, in front of a backend that others share.
 *
 * A near copy answers when the far backend says that the value is still the same, which moves no
 * value and decodes nothing; with `trustFor` it answers by itself for so long. Writes go to the far
 * backend, whose leases are the only ones, and drop the near copy. When the far backend fails, so
 * does this one.
 *
 * It closes the far backend when it is closed itself.
 *
 * @example
 * ```ts
 * import { createCaches, MemcachedBackend, TieredBackend } from 'reprise'
 *
 * const far = new MemcachedBackend(['10.0.0.1', '10.0.0.2'])
 * const caches = createCaches({ default: { backend: new TieredBackend(far, { maxBytes: '256mb' }) } })
 * await caches.close()
 * ```
 */
export class TieredBackend implements Backend {
  readonly name = 'tiered'
  readonly far: Backend
  /** What the far backend says; absent where it cannot tell. */
  readonly isCurrent?: NonNullable<Backend['isCurrent']>
  /** What is near and trusted; absent where it has to be asked about. */
  readonly peek?: NonNullable<Backend['peek']>
  readonly #near: NearCopies
  readonly #reads: NearReads

  /**
   * @throws {@link CacheError} `ERR_OPTION_INVALID`, also where `trustFor` is 0 and `far` cannot tell
   * whether a copy is current, as Memcached can.
   */
  constructor(far: Backend, options: TieredOptions = {}) {
    if (typeof far?.lease !== 'function') throw optionError('far', far, 'a Backend')
    const resolved = resolveTieredOptions(options)
    if (resolved.trustFor === 0 && far.isCurrent === undefined) {
      const allowed = `above 0 over the backend ${shown(far.name)}, which cannot tell whether a near copy is current`
      throw optionError('trustFor', 0, allowed)
    }
    this.far = far
    this.#near = new NearCopies(resolved, options.clock ?? systemClock)
    this.#reads = new NearReads(far, this.#near)
    if (far.isCurrent !== undefined) this.isCurrent = far.isCurrent.bind(far)
    if (resolved.trustFor > 0) this.peek = (key) => this.#reads.peek(key)
  }

  /** Tells how much is kept near, at no cost. Bytes are estimated. */
  usage(): MemoryUsage {
    return this.#near.usage()
  }

  /** One round trip, or with `trustFor` none; two where a near copy turns out to be old. */
  get(key: string): Promise<Found | undefined> {
    return this.#reads.get(key)
  }

  /** As many round trips as servers; twice where near copies turn out to be old. */
  getMany(keys: readonly string[], report: ReportFailure): Promise<Map<string, Found>> {
    return this.#reads.getMany(keys, report)
  }

  set(key: string, entry: Entry): Promise<boolean> {
    return this.#changing([key], () => this.far.set(key, entry))
  }

  setMany(entries: ReadonlyMap<string, Entry>, report: ReportFailure): Promise<string[]> {
    return this.#changing([...entries.keys()], () => this.far.setMany(entries, report))
  }

  add(key: string, entry: Entry): Promise<boolean> {
    return this.#changing([key], () => this.far.add(key, entry))
  }

  delete(key: string): Promise<boolean> {
    return this.#changing([key], () => this.far.delete(key))
  }

  deleteMany(keys: readonly string[], report: ReportFailure): Promise<number> {
    return this.#changing(keys, () => this.far.deleteMany(keys, report))
  }

  touch(key: string, ttl: Seconds): Promise<boolean> {
    return this.#changing([key], () => this.far.touch(key, ttl))
  }

  incr(
    key: string,
    delta: bigint,
    initial?: { value: bigint; ttl: Seconds },
  ): Promise<bigint | undefined> {
    return this.#changing([key], () => this.far.incr(key, delta, initial))
  }

  invalidate(key: string, staleFor: Seconds): Promise<boolean> {
    return this.#changing([key], () => this.far.invalidate(key, staleFor))
  }

  /** One round trip, or with `trustFor` none; two where a near copy turns out to be old. */
  lease(key: string, leaseFor: Seconds): Promise<LeaseRead> {
    return this.#reads.lease(key, leaseFor)
  }

  async leaseAgain(key: string, found: Found, leaseFor: Seconds): Promise<LeaseRead | 'changed'> {
    const read = await this.far.leaseAgain(key, found, leaseFor)
    // Who reads again must not be given the same copy, which may still be trusted.
    if (read === 'changed') this.#reads.forget(key)
    return read
  }

  renew(token: LeaseToken, leaseFor: Seconds): Promise<LeaseToken | undefined> {
    return this.far.renew(token, leaseFor)
  }

  fill(token: LeaseToken, entry: Entry): Promise<boolean> {
    // Not kept near: the far backend does not say by which mark it is known there.
    return this.#changing([token.key], () => this.far.fill(token, entry))
  }

  release(token: LeaseToken): Promise<void> {
    return this.far.release(token)
  }

  backOff(token: LeaseToken, seconds: Seconds): Promise<void> {
    return this.far.backOff(token, seconds)
  }

  async clear(prefix: string): Promise<void> {
    this.#reads.forgetAll(prefix)
    try {
      await this.far.clear(prefix)
    } finally {
      this.#reads.forgetAll(prefix)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reads.forgetAll('')
    await this.far[Symbol.asyncDispose]()
  }

  /** Before the change, and after it: what was read in between may be what was there before. */
  async #changing<T>(keys: readonly string[], change: () => Promise<T>): Promise<T> {
    for (const key of keys) this.#reads.forget(key)
    try {
      return await change()
    } finally {
      for (const key of keys) this.#reads.forget(key)
    }
  }
}

/** The Memcached that a backend is or, through its tiers, is over. */
export function memcachedOf(backend: Backend): MemcachedBackend | undefined {
  if (backend instanceof MemcachedBackend) return backend
  return backend instanceof TieredBackend ? memcachedOf(backend.far) : undefined
}
