import type { FetchEvent, WatchedEvent } from '../client/index.ts'

export interface HotKey {
  readonly key: string
  readonly server: string
  readonly reads: number
  /** Of the reads, those that found nothing. */
  readonly misses: number
}

/** The item that was looked up last on a connection, and so by which server. */
type Last = Pick<FetchEvent, 'id' | 'key' | 'status'>

/**
 * Counts reads by key, from what servers log.
 *
 * A `set` or an `incr` looks its item up as well, and is logged as a read and a store, one right
 * after the other on the same connection (1.6.18, `watch fetchers mutations`): such a read is taken
 * back.
 */
export class HotKeys {
  readonly #counts = new Map<
    string,
    { server: string; key: string; reads: number; misses: number }
  >()
  readonly #last = new Map<string, Last>()
  #reads = 0
  #skipped = 0

  get reads(): number {
    return this.#reads
  }

  /** What servers left out because this reader was too slow. */
  get skipped(): number {
    return this.#skipped
  }

  add(event: WatchedEvent): void {
    if (event.type === 'skipped') this.#skipped += event.count
    if (event.type !== 'item_get' && event.type !== 'item_store') return
    const { server, connection, key, id } = event
    const place = `${server} ${connection}`
    if (event.type === 'item_get') {
      this.#count(server, event, 1)
      this.#last.set(place, { id, key, status: event.status })
      return
    }
    const last = this.#last.get(place)
    this.#last.delete(place)
    if (last !== undefined && last.key === key && last.id < id) this.#count(server, last, -1)
  }

  /** The most read first. */
  top(limit: number): HotKey[] {
    return [...this.#counts.values()]
      .filter(({ reads }) => reads > 0)
      .sort((a, b) => b.reads - a.reads || (a.key < b.key ? -1 : 1))
      .slice(0, limit)
  }

  #count(server: string, { key, status }: Pick<Last, 'key' | 'status'>, by: 1 | -1): void {
    const id = `${server} ${key}`
    const known = this.#counts.get(id)
    const count = known ?? { server, key, reads: 0, misses: 0 }
    if (known === undefined) this.#counts.set(id, count)
    count.reads += by
    if (status !== 'found') count.misses += by
    this.#reads += by
  }
}
