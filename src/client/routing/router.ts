import { commandChannel, traced } from '../../channels.ts'
import { CacheError, optionError } from '../../errors.ts'
import { parseServer, type ServerEntry } from '../../net/address.ts'
import type { Command, MetaCommand } from '../../protocol/command.ts'
import { type WireKey, wireKey } from '../../protocol/key.ts'
import { metaDelete } from '../../protocol/meta.ts'
import type { Whole } from '../chunks/chunked-reading.ts'
import { readItem } from '../commands/answers.ts'
import type { Item } from '../commands/item.ts'
import { Discovery } from '../discovery/discovery.ts'
import { sharedAbort } from '../figures/bounded.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import { Batch } from './batch.ts'
import { Gutter } from './gutter.ts'
import type { Failures, Instead } from './outage.ts'
import type { Patience } from './patience.ts'
import type { Reader } from './reader.ts'
import type { Server } from './server.ts'
import { ServerSet } from './servers.ts'

/** What every call that names a key takes. */
export interface CallOptions extends Patience {
  /** Chooses the server instead of the key: keys with one `routeKey` live together. */
  readonly routeKey?: string | undefined
}

/** One server's part of an answer that all of them give: either `error` or `value` is `undefined`. */
export type ServerAnswer<T> =
  | { readonly server: string; readonly value: T; readonly error: undefined }
  | { readonly server: string; readonly value: undefined; readonly error: CacheError }

/** One call, before it is known where it goes. */
export interface Call<T> extends Patience {
  /** For `reprise:command`. */
  readonly operation: string
  readonly key: string
  readonly routeKey?: string | undefined
  readonly command: (key: WireKey) => Command
  readonly read: Reader<T>
  /** Where the outcome is unknown, is the key deleted before the server is read again? */
  readonly replayed: boolean
  /** What an outage looks like; `undefined`: it rejects. */
  readonly instead?: Instead<T> | undefined
}

/** Brings each call to the server of its key. */
export class Router {
  readonly #set: ServerSet
  readonly #gutter: Gutter | undefined
  readonly #discovery: Discovery | undefined
  readonly #closing = sharedAbort()

  constructor(options: ResolvedMemcachedOptions) {
    this.#set = new ServerSet(options, () => this.#discovery?.hurry())
    this.#gutter = options.gutter && new Gutter(options, options.gutter)
    if (options.discovery === undefined) return
    this.#discovery = new Discovery(options.discovery, options, (found) => this.#set.replace(found))
  }

  /** Empty until the first of them are discovered. */
  get servers(): readonly Server[] {
    return this.#set.all
  }

  get names(): readonly string[] {
    return this.#set.names
  }

  get weights(): readonly number[] {
    return this.#set.weights
  }

  /** As `servers`, once they are known. */
  async knownServers(): Promise<readonly Server[]> {
    if (this.servers.length === 0) await this.#discovery?.ready()
    return this.servers
  }

  serverOf(routeKey: string): Server {
    return this.#set.of(routeKey)
  }

  addServer(server: ServerEntry): void {
    this.#checkOwnServers('addServer')
    this.#set.add(parseServer(server, 'server'))
  }

  removeServer(server: ServerEntry): Promise<void> {
    this.#checkOwnServers('removeServer')
    return this.#set.remove(parseServer(server, 'server').name)
  }

  /** As `send`, for a plain read: a hit's shortest way. */
  get(
    operation: string,
    key: string,
    command: (key: WireKey) => MetaCommand,
    instead: Instead<Item | undefined> | undefined,
    whole: Whole | undefined,
  ): Promise<Item | undefined> {
    // Where something is told of each command, or has to be done, there is nothing to save.
    if (this.#gutter !== undefined || commandChannel.hasSubscribers) {
      const sent = this.send({ operation, key, command, read: readItem, replayed: false, instead })
      return whole === undefined ? sent : sent.then((item) => whole(item, key))
    }
    try {
      const wire = wireKey(key)
      return this.serverOf(key).get(command(wire), key, instead, whole)
    } catch (error) {
      // Not a function here: what it holds on to would be set aside for every hit.
      return this.#getLater(error, [operation, key, command, instead, whole])
    }
  }

  /**
   * As `get`, for many keys: `found` holds what was found, under each key that it had not yet. What
   * fails is noted in `failures`.
   */
  async getSlice(
    operation: string,
    keys: readonly string[],
    found: Map<string, Item | undefined>,
    failures: Failures,
  ): Promise<void> {
    if (this.servers.length === 0) {
      try {
        await this.knownServers()
      } catch (error) {
        failures.note(error)
        return
      }
    }
    const batches = this.#batched(keys, found)
    const lose = async (server: Server, batch: Batch, error: unknown): Promise<void> => {
      const lost =
        (await this.#gutter?.read(operation, server, batch.lost, error, found)) ?? batch.lost
      if (lost.length > 0 || batch.lost.length === 0) failures.note(error)
      for (const { name } of lost) found.delete(name)
    }
    await Promise.all(
      Array.from(batches, ([server, batch]) =>
        traced(
          commandChannel,
          () => ({ operation, server: server.name, count: batch.size }),
          () => server.getBatch(batch),
        ).catch((error: unknown) => lose(server, batch, error)),
      ),
    )
  }

  /** Never throws: what is wrong with the call rejects its promise, before anything is sent. */
  send<T>(call: Call<T>): Promise<T> {
    try {
      const key = wireKey(call.key)
      const command = call.command(key)
      const routeKey = call.routeKey ?? call.key
      const server = this.serverOf(routeKey)
      if (this.#set.moved && 'key' in command && (call.replayed || command.verb !== 'mg')) {
        this.#set.wrote(routeKey, key, server)
      }
      const doubtful = call.replayed ? key : undefined
      const patience = call.signal === undefined && call.timeoutMs === undefined ? undefined : call
      const { read, instead } = call
      if (this.#gutter === undefined && !commandChannel.hasSubscribers) {
        return server.run(command, routeKey, read, doubtful, patience, instead)
      }
      const sent =
        this.#gutter?.send({ call, command, key, routeKey, server, patience }) ??
        // Without `instead`: whoever listens is to see the failure.
        traced(
          commandChannel,
          () => ({ operation: call.operation, server: server.name, count: 1 }),
          () => server.run(command, routeKey, read, doubtful, patience),
        )
      return instead === undefined ? sent : sent.catch((error) => instead.of(error, call.signal))
    } catch (error) {
      return this.#unlessUndiscovered(error, () => this.send(call), call.instead)
    }
  }

  /** Deletes a key in order with the commands around it, wherever this client may read it. */
  async discard(key: WireKey, routeKey: string): Promise<void> {
    const server = this.serverOf(routeKey)
    if (this.#set.moved) this.#set.wrote(routeKey, key, server)
    this.#gutter?.discard(server, key, routeKey)
    await server.discard(key, routeKey)
  }

  /** Deletes a key as it is stored on one server, whichever server it belongs to. */
  deleteOn<T>(name: string, key: WireKey, routeKey: string, read: Reader<T>): Promise<T> {
    const server = this.#set.named(name)
    if (server === undefined) return Promise.reject(optionError('server', name, 'one of `servers`'))
    return server.run(metaDelete(key, {}), routeKey, read, key)
  }

  /**
   * Asks every server. Never rejects for a server: its answer holds the error. Rejects where none
   * could be discovered.
   */
  broadcast<T>(
    operation: string,
    command: Command,
    read: Reader<T>,
    patience?: Patience,
    only?: readonly string[],
  ): Promise<ServerAnswer<T>[]> {
    if (this.servers.length === 0) {
      const again = (): Promise<ServerAnswer<T>[]> =>
        this.broadcast(operation, command, read, patience, only)
      return this.knownServers().then(again)
    }
    const ask = async (server: Server): Promise<ServerAnswer<T>> => {
      try {
        const value = await traced(
          commandChannel,
          () => ({ operation, server: server.name, count: 1 }),
          () => server.run(command, undefined, read, undefined, patience),
        )
        return { server: server.name, value, error: undefined }
      } catch (error) {
        if (!CacheError.is(error)) throw error
        return { server: server.name, value: undefined, error }
      }
    }
    const asked = this.servers.filter(({ name }) => only?.includes(name) !== false)
    return Promise.all(asked.map(ask))
  }

  /** Aborted once it is closed: ends what has connections of its own. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  async close(): Promise<void> {
    this.#closing.abort(new CacheError('ERR_CLOSED', 'The client is closed.'))
    this.#discovery?.close()
    await Promise.all([this.#set.close(), this.#gutter?.close()])
  }

  #checkOwnServers(method: string): void {
    if (this.#discovery === undefined) return
    const message = `\`${method}\` cannot change servers that are discovered.`
    throw new CacheError('ERR_OPTION_INVALID', message)
  }

  #getLater(error: unknown, call: Parameters<Router['get']>): Promise<Item | undefined> {
    const [, , , instead] = call
    return this.#unlessUndiscovered(error, () => this.get(...call), instead)
  }

  /** One batch for each server of keys that `found` has not yet. Sets each of them to `undefined`. */
  #batched(
    keys: readonly string[],
    found: Map<string, Item | undefined>,
  ): ReadonlyMap<Server, Batch> {
    const batches = new Map<Server, Batch>()
    const isNew = found.size === 0
    let last: Server | undefined
    let batch: Batch | undefined
    for (const key of keys) {
      // The size tells a key that was there for less than a question does, but costs its value.
      const known = found.size
      if (!isNew && found.has(key)) continue
      found.set(key, undefined)
      if (found.size === known) continue
      const wire = wireKey(key)
      const server = this.serverOf(key)
      if (server !== last || batch === undefined) {
        batch = batches.get(server) ?? new Batch(found)
        batches.set(server, batch)
        last = server
      }
      batch.add(key, wire)
    }
    return batches
  }

  /** Where there were no servers to choose from: once more, when there are. */
  #unlessUndiscovered<T>(
    error: unknown,
    again: () => Promise<T>,
    instead: Instead<T> | undefined,
  ): Promise<T> {
    const isUndiscovered = CacheError.is(error) && error.code === 'ERR_CONNECTION'
    if (this.#discovery === undefined || !isUndiscovered) return Promise.reject(error)
    const ready = this.#discovery.ready()
    if (instead === undefined) return ready.then(again)
    return ready.then(again, (reason) => instead.of(reason, undefined))
  }
}
