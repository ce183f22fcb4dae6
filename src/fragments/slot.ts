import type { Cache } from '../cache/cache.ts'
import type { Lease } from '../cache/lease.ts'
import { type FragmentContext, fragmentChannel, publishError, traced } from '../channels.ts'
import type { Seconds } from '../units.ts'

/** One cached place of a template, with everything that its values decide. */
export interface PlacedFragment {
  readonly cache: Cache
  readonly name: string
  readonly key: string
  readonly ttl: Seconds
}

/** What is known of one fragment during one render. */
export class FragmentSlot {
  /**
   * From `noted` to `text`, through `busy` (somebody else is rendering it, so its next read waits)
   * or `open` (its body may run here).
   */
  state: 'noted' | 'busy' | 'open' | 'text' = 'noted'
  text = ''
  /** What its body threw. */
  error: unknown
  readonly #placed: PlacedFragment
  /** Held from the read that won it until the text is sent. */
  #lease: Lease | undefined
  #result: NonNullable<FragmentContext['result']> = 'not-stored'

  constructor(placed: PlacedFragment) {
    this.#placed = placed
  }

  get holdsLease(): boolean {
    return this.#lease !== undefined
  }

  /** Asks the cache, where there is something left to ask. One round trip, more while it waits. */
  async read(): Promise<void> {
    if (this.state !== 'noted' && this.state !== 'busy') return
    const { cache, key } = this.#placed
    const waitMs = this.state === 'busy' ? cache.settings.waitMs : 0
    const found = await cache.lookup(key, { waitMs })
    if (found.state === 'busy' && this.state === 'noted') {
      this.state = 'busy'
      return
    }
    this.state = 'open'
    if (found.state === 'won' || found.state === 'stale') this.#lease = found.lease
    if (found.state !== 'fresh' && found.state !== 'stale') return
    // Not text: somebody else's value under the key of a fragment. It is left alone.
    if (this.#lease !== undefined || typeof found.value !== 'string') return
    this.state = 'text'
    this.text = found.value
    this.#result = 'hit'
  }

  /** Stores the text, where this render has made it and holds the lease. One round trip. */
  async fill(): Promise<void> {
    if (this.state !== 'text' || this.#lease === undefined) return
    const lease = this.#lease
    this.#lease = undefined
    try {
      if (await lease.fill(this.text, { ttl: this.#placed.ttl })) this.#result = 'stored'
    } catch (error) {
      // The page is rendered: it does not fail for a fragment that could not be kept.
      this.#publishError(error)
    }
  }

  async release(): Promise<void> {
    try {
      await this.#lease?.release()
    } catch (error) {
      this.#publishError(error)
    }
  }

  /** Publishes what became of it. Rejects where its body threw: so a tracing channel tells it. */
  publish(): Promise<void> {
    const { cache, name } = this.#placed
    const makeContext = (): FragmentContext => ({ alias: cache.alias, name })
    return traced(fragmentChannel, makeContext, async (context) => {
      if (context !== undefined) context.result = this.#result
      if (this.error !== undefined) throw this.error
    })
  }

  #publishError(error: unknown): void {
    publishError({ error, operation: 'fragment', alias: this.#placed.cache.alias })
  }
}
