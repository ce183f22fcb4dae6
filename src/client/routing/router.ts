import { commandChannel, traced } from '../../channels.ts'
import { CacheError, optionError } from '../../errors.ts'
import { parseServer, type ServerEntry } from '../../net/address.ts'
import type { Command } from '../../protocol/command.ts'
import { type WireKey, wireKey } from '../../protocol/key.ts'
import { metaDelete, metaGetBy } from '../../protocol/meta.ts'
import { PLAIN_FLAGS, type ReadFlags } from '../../protocol/read-lines.ts'
import type { Whole } from '../chunks/chunked-reading.ts'
import { readItem } from '../commands/answers.ts'
import type { Item } from '../commands/item.ts'
import { Discovery } from '../discovery/discovery.ts'
import { sharedAbort } from '../figures/bounded.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import type { Found } from './batch.ts'
import type { By } from './callers.ts'
import { Gutter } from './gutter.ts'
import type { Failures, Instead } from './outage.ts'
import type { Patience } from './patience.ts'
import type { Reader } from './reader.ts'
import type { Server } from './server.ts'
import { ServerSet } from './servers.ts'
import { checkedRoute, Slices } from './slices.ts'

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
  readonly #slices: Slices
  readonly #discovery: Discovery | undefined
  readonly #closing = sharedAbort()

  constructor(options: ResolvedMemcachedOptions) {
    this.#set = new ServerSet(options, () => this.#discovery?.hurry())
    this.#gutter = options.gutter && new Gutter(options, options.gutter)
    this.#slices = new Slices(this.#set, this.#gutter)
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

  /** As `send`, for a value and its client flags. */
  get(
    operation: string,
    key: string,
    instead: Instead<Item | undefined> | undefined,
    whole: Whole | undefined,
  ): Promise<Item | undefined> {
    const by = whole && wholeBy(whole, key)
    return this.read(operation, key, key, PLAIN_FLAGS, readItem, instead, by)
  }

  /**
   * As `send`, for what only reads: a hit's shortest way. `flags` are those of its command; `by` is as
   * for {@link Callers.add}.
   */
  read<T>(
    operation: string,
    key: string,
    routeKey: string,
    flags: ReadFlags,
    read: Reader<T>,
    instead: Instead<T> | undefined,
    by?: By<T>,
  ): Promise<T> {
    // Where something is told of each command, or has to be done, there is nothing to save.
    if (this.#gutter !== undefined || commandChannel.hasSubscribers) {
      return this.#readAlone(operation, key, routeKey, flags, read, instead, by)
    }
    try {
      const lane = this.serverOf(checkedRoute(routeKey)).laneOf(routeKey)
      return lane.read(key, flags, read, instead, by)
    } catch (error) {
      // Not a function here: what it holds on to would be set aside for every hit.
      return this.#readLater(error, [operation, key, routeKey, flags, read, instead, by])
    }
  }

  /**
   * As `get`, for many keys: fills `found` with what is under those that it has not yet. Resolves to
   * whether all were found: else some have an item without a value. What fails is noted in `failures`.
   * Throws `ERR_KEY_INVALID`.
   */
  getSlice(
    operation: string,
    keys: readonly string[],
    found: Found,
    failures: Failures,
  ): Promise<boolean> {
    if (this.servers.length > 0) return this.#slices.read(operation, keys, found, failures)
    return this.knownServers().then(
      () => this.#slices.read(operation, keys, found, failures),
      (error) => {
        failures.note(error)
        return true
      },
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

  #readAlone<T>(
    operation: string,
    key: string,
    routeKey: string,
    flags: ReadFlags,
    read: Reader<T>,
    instead: Instead<T> | undefined,
    by: By<T> | undefined,
  ): Promise<T> {
    const command = (wire: WireKey): Command => metaGetBy(wire, flags.text)
    const sent = this.send({ operation, key, routeKey, command, read, replayed: false, instead })
    if (by === undefined) return sent
    return new Promise((resolve, reject) => {
      sent.then(by(resolve), reject)
    })
  }

  #readLater<T>(
    error: unknown,
    call: [string, string, string, ReadFlags, Reader<T>, Instead<T> | undefined, By<T> | undefined],
  ): Promise<T> {
    const [, key, , , , instead] = call
    try {
      // What is wrong with the call is told without waiting for servers.
      wireKey(key)
    } catch (refusal) {
      return Promise.reject(refusal)
    }
    return this.#unlessUndiscovered(error, () => this.read(...call), instead)
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

function wholeBy(whole: Whole, key: string): By<Item | undefined> {
  return (resolve) => (item) => resolve(item instanceof Promise ? item : whole(item, key))
}
