import type { KeysOptions, ListedKey } from '../../client/index.ts'
import type { Clock } from '../../clock.ts'
import type { Milliseconds } from '../../units.ts'
import type { KeyRow, KeysReply } from '../api/keys.ts'
import { matchesGlob } from '../glob.ts'
import { Bars, KeyTree } from './key-tree.ts'

/** What of a `MemcachedClient` is asked. */
export interface ListingClient {
  readonly servers: readonly string[]
  keys(options: KeysOptions): AsyncIterable<ListedKey>
}

export interface ListingQuery {
  readonly clients: readonly ListingClient[]
  /** One server; `undefined`: all. */
  readonly server: string | undefined
  readonly startsWith: string
  /** With `*` and `?`; without any it may stand anywhere in the key. Empty: every key. */
  readonly match: string
  readonly separator: string
  readonly limit: number
  /** How many of the matching keys are given back by name. */
  readonly rows: number
  readonly aliasOf: (key: string) => string | null
  readonly clock: Clock
  readonly signal: AbortSignal
}

const MAX_MS: Milliseconds = 10_000
const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

const TIMES = [
  ['1 min', MINUTE],
  ['10 min', 10 * MINUTE],
  ['1 h', HOUR],
  ['6 h', 6 * HOUR],
  ['1 d', DAY],
  ['7 d', 7 * DAY],
] as const
const TTLS = [...TIMES, ['longer', Number.MAX_VALUE], ['never', Infinity]] as const
const IDLES = [...TIMES, ['longer', Infinity]] as const
const SIZES = [
  ['128 B', 128],
  ['1 KiB', 1024],
  ['8 KiB', 8 * 1024],
  ['64 KiB', 64 * 1024],
  ['512 KiB', 512 * 1024],
  ['larger', Infinity],
] as const

/**
 * Walks the keys of the servers, one after the other, and sums them up.
 *
 * What a server lists is no snapshot: what is stored or moved meanwhile may be missing. It ends after
 * `limit` keys and after ten seconds. Never rejects for a server that fails; with the reason of
 * `signal` where that is aborted.
 */
export async function listKeys(query: ListingQuery): Promise<KeysReply> {
  const { clock, limit, signal } = query
  const began = clock.monotonic()
  const summary = new Summary(query, clock.now() / 1000)
  const failed: { server: string; error: string }[] = []
  let reason: string | null = null
  for (const [client, server] of targets(query)) {
    const options = { servers: [server], startsWith: query.startsWith, signal }
    try {
      for await (const listed of client.keys(options)) {
        if (summary.scanned >= limit) reason = `There are more than ${limit} keys.`
        else if (clock.monotonic() - began > MAX_MS) reason = 'It took more than ten seconds.'
        if (reason !== null) break
        summary.add(listed)
      }
    } catch (error) {
      signal.throwIfAborted()
      failed.push({ server, error: error instanceof Error ? error.message : 'It failed.' })
    }
    if (reason !== null) break
  }
  const tookMs = clock.monotonic() - began
  const complete = reason === null && failed.length === 0
  return { schemaVersion: 1, ...summary.figures(), complete, reason, tookMs, failed }
}

function* targets({ clients, server }: ListingQuery): Generator<[ListingClient, string]> {
  const seen = new Set<string>()
  for (const client of clients) {
    for (const name of client.servers) {
      if (seen.has(name) || (server !== undefined && name !== server)) continue
      seen.add(name)
      yield [client, name]
    }
  }
}

class Summary {
  readonly #query: ListingQuery
  readonly #nowSeconds: number
  readonly #tree: KeyTree
  readonly #rows: KeyRow[] = []
  readonly #ttls = new Bars(TTLS)
  readonly #idles = new Bars(IDLES)
  readonly #sizes = new Bars(SIZES)
  readonly #matches: (key: string) => boolean
  scanned = 0
  #matched = 0
  #bytes = 0
  #neverFetched = 0

  constructor(query: ListingQuery, nowSeconds: number) {
    this.#query = query
    this.#nowSeconds = nowSeconds
    this.#tree = new KeyTree(query.separator)
    const { match } = query
    const isGlob = /[*?]/.test(match)
    this.#matches = isGlob ? (key) => matchesGlob(match, key) : (key) => key.includes(match)
  }

  add(listed: ListedKey): void {
    this.scanned++
    const { key, sizeBytes, fetched, expiresAt, lastAccessAt, server, hashed } = listed
    if (!this.#matches(key)) return
    this.#matched++
    this.#bytes += sizeBytes
    if (!fetched) this.#neverFetched++
    // A server's clock may be a second or two behind.
    const ttl = Math.max(0, expiresAt - this.#nowSeconds)
    const idle = Math.max(0, Math.round(this.#nowSeconds - lastAccessAt))
    this.#ttls.add(ttl)
    this.#idles.add(idle)
    this.#sizes.add(sizeBytes)
    this.#tree.add(listed)
    if (this.#rows.length >= this.#query.rows) return
    this.#rows.push({
      server,
      key,
      hashed,
      sizeBytes,
      ttl: ttl === Infinity ? null : Math.round(ttl),
      idle,
      fetched,
      alias: this.#query.aliasOf(key),
    })
  }

  figures(): Pick<
    KeysReply,
    'scanned' | 'matched' | 'bytes' | 'neverFetched' | 'keys' | 'tree' | 'ttls' | 'idles' | 'sizes'
  > {
    return {
      scanned: this.scanned,
      matched: this.#matched,
      bytes: this.#bytes,
      neverFetched: this.#neverFetched,
      keys: this.#rows,
      tree: this.#tree.groups(),
      ttls: this.#ttls.bars,
      idles: this.#idles.bars,
      sizes: this.#sizes.bars,
    }
  }
}
