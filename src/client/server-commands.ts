import type { ServerEntry } from '../net/address.ts'
import type { StatsByKind, StatsKind } from '../protocol/server-command.ts'
import type { FlushOptions } from './figures/broadcasts.ts'
import type { KeysOptions, ListedKey } from './figures/keys.ts'
import type { WatchedEvent, WatchKind, WatchOptions } from './figures/watch.ts'
import type { Patience } from './routing/patience.ts'
import type { ServerAnswer } from './routing/router.ts'

/** What a `MemcachedClient` does with whole servers. */
export interface ServerCommands {
  /**
   * Every server's figures, under the server's own names; `undefined` for what a server does not
   * tell, and all that it told in `raw`. Never rejects for a server that is dead, or does not know
   * the kind: its answer holds the error. One round trip, to all servers at once.
   */
  stats(): Promise<ServerAnswer<StatsByKind['general']>[]>
  stats<Kind extends StatsKind>(
    kind: Kind,
    options?: Patience,
  ): Promise<ServerAnswer<StatsByKind[Kind]>[]>

  /** Every server's version. Never rejects for a dead server: its answer holds the error. */
  version(options?: Patience): Promise<ServerAnswer<string>[]>

  /**
   * Empties every server, whoever's items they are, now or `delay` seconds from now. Never rejects
   * for a server that is dead or refuses it (`-F`): its answer holds the error.
   */
  flushAll(options?: FlushOptions): Promise<ServerAnswer<true>[]>

  /** Sets how much every server writes to its own log: 0, 1 or 2. Answers as `flushAll` does. */
  verbosity(level: number, options?: Patience): Promise<ServerAnswer<true>[]>

  /**
   * Sets how much memory every server may use, until it is restarted. A server gives pages back
   * slowly, and refuses too little (1.6.18: less than 8). Answers as `flushAll` does.
   */
  cacheMemlimit(megabytes: number, options?: Patience): Promise<ServerAnswer<true>[]>

  /**
   * Lists keys, server after server, over a connection of its own. Walks all items of a server: for
   * tools and rare clean-ups. No snapshot: what is stored meanwhile may be missing. Leaving the loop,
   * `return()` and closing the client close the connection.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`; while it is read, where a server fails or does
   * not allow it (`-X`), and `ERR_OVERLOADED`, where the reader is too slow (`maxHeld`).
   */
  keys(options?: KeysOptions): AsyncGenerator<ListedKey, void, undefined>

  /**
   * Watches what servers do, over a connection of its own to each, for a while: 5 s or 1000 events,
   * if nothing else is asked for. Events come up to a second late. Servers leave out what comes too
   * fast: `skipped` events tell of that which this reader was too slow for, and
   * `log_worker_dropped` in `stats()` of the rest. `fetchers` and `mutations` cost a busy server up
   * to half of its throughput.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`; while it is read, where a server fails, does not
   * know one of `kinds`, or does not allow it (`-W`).
   */
  watch(
    kinds: WatchKind | readonly WatchKind[],
    options?: WatchOptions,
  ): AsyncGenerator<WatchedEvent, void, undefined>

  /** Deletes what `keys` listed, where it was listed. One round trip. */
  deleteListed(listed: ListedKey): Promise<boolean>

  /**
   * Takes a server in: the next command may go there. A share of the keys moves to it from each of
   * the others. Tell all clients of a fleet, and add it empty: what it holds may be older than what
   * the others hold.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`, also where it is there already or the servers
   * are discovered; `ERR_CLOSED`.
   */
  addServer(server: ServerEntry): void

  /**
   * Takes a server out: the next command goes elsewhere, and what it has is forgotten. Resolves once
   * what was under way there is settled and its connections are closed.
   *
   * Keys that this client writes while a server is away are deleted on it, should it come back,
   * before they are read there. What other processes wrote nobody here knows: flush it first.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`, where it is not there, is the last, or the
   * servers are discovered; `ERR_CLOSED`.
   */
  removeServer(server: ServerEntry): Promise<void>

  /** The server that holds `key`, by its name in `servers`. */
  serverOf(key: string): string

  /**
   * Takes no more commands and resolves once those under way are settled and the sockets told to
   * close: after the timeouts at the latest.
   */
  close(): Promise<void>
}
