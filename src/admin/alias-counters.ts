import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type CacheContext, cacheChannel, type ErrorMessage } from '../channels.ts'
import { type AliasCounts, addCounts, NO_COUNTS } from './alias-figures.ts'

/** Operations that would have told of hits and misses, had they not rejected. */
const READS: ReadonlySet<string> = new Set([
  'get',
  'getMany',
  'getOrSet',
  'getOrSetMany',
  'has',
  'lookup',
])

/**
 * Counts what this process asks of its aliases, from the moment it is made until it is closed.
 *
 * It listens on `reprise:cache` and `reprise:error`, so an alias of the same name in another
 * `createCaches` of the same process counts too.
 */
export class AliasCounters {
  readonly #counts = new Map<string, AliasCounts>()
  readonly #onCall = (message: unknown): void => this.#countCall(message as CacheContext)
  readonly #onError = (message: unknown): void => this.#countError(message as ErrorMessage)

  constructor(aliases: Iterable<string>) {
    for (const alias of aliases) this.#counts.set(alias, NO_COUNTS)
    cacheChannel.asyncEnd.subscribe(this.#onCall)
    subscribe('reprise:error', this.#onError)
  }

  /** By alias, as they are now. */
  snapshot(): ReadonlyMap<string, AliasCounts> {
    return new Map(this.#counts)
  }

  close(): void {
    cacheChannel.asyncEnd.unsubscribe(this.#onCall)
    unsubscribe('reprise:error', this.#onError)
  }

  #countCall({ alias, operation, keyCount, error, ...told }: CacheContext): void {
    const { hits = 0, stale = 0, misses = 0, stored = 0 } = told
    const isFailedRead = error !== undefined && READS.has(operation)
    this.#add(alias, {
      hits,
      stale,
      misses,
      failed: isFailedRead ? Math.max(0, keyCount - hits - stale - misses) : 0,
      sets: stored,
      errors: 0,
    })
  }

  // Not the error of the call: a failure that is shown as a miss has none, and one that is not
  // comes here too.
  #countError({ alias }: ErrorMessage): void {
    if (alias !== undefined) this.#add(alias, { ...NO_COUNTS, errors: 1 })
  }

  #add(alias: string, counts: AliasCounts): void {
    const so = this.#counts.get(alias)
    if (so !== undefined) this.#counts.set(alias, addCounts(so, counts))
  }
}
