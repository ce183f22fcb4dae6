import { commandChannel, traced } from '../channels.ts'
import { CacheError, optionError } from '../errors.ts'
import { type Command, metaDelete } from '../protocol/command.ts'
import { type WireKey, wireKey } from '../protocol/key.ts'
import { Rendezvous } from './hashing.ts'
import type { ResolvedMemcachedOptions } from './options.ts'
import { type Reader, Server } from './server.ts'

/** What every call that names a key takes. */
export interface CallOptions {
  /** Chooses the server instead of the key: keys with one `routeKey` live together. */
  readonly routeKey?: string | undefined
}

/** One server's part of an answer that all of them give. */
export interface ServerAnswer<T> {
  readonly server: string
  /** `undefined` exactly where `error` is not. */
  readonly value: T | undefined
  readonly error: CacheError | undefined
}

/** One call, before it is known where it goes. */
export interface Call<T> {
  /** For `reprise:command`. */
  readonly operation: string
  readonly key: string
  readonly routeKey?: string | undefined
  readonly command: (key: WireKey) => Command
  readonly read: Reader<T>
  /** Where the outcome is unknown, is the key deleted before the server is read again? */
  readonly replayed: boolean
}

/** Brings each call to the server of its key. */
export class Router {
  readonly servers: readonly Server[]
  readonly #choice: Rendezvous
  #closed = false

  constructor(options: ResolvedMemcachedOptions) {
    this.servers = options.servers.map((address) => new Server(address, options))
    this.#choice = new Rendezvous(options.servers.map((address) => address.node))
  }

  serverOf(routeKey: string): Server {
    const server = this.servers[this.#choice.indexOf(routeKey)]
    if (server === undefined) throw new RangeError('A client has at least one server.')
    return server
  }

  /** Never throws: what is wrong with the call rejects its promise, before anything is sent. */
  send<T>(call: Call<T>): Promise<T> {
    try {
      const key = wireKey(call.key)
      const command = call.command(key)
      const server = this.serverOf(call.routeKey ?? call.key)
      const doubtful = call.replayed ? key : undefined
      if (!commandChannel.hasSubscribers) return server.run(command, call.read, doubtful)
      return traced(
        commandChannel,
        () => ({ operation: call.operation, server: server.name, count: 1 }),
        () => server.run(command, call.read, doubtful),
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Deletes a key as it is stored on one server, whichever server it belongs to. */
  deleteOn<T>(name: string, key: WireKey, read: Reader<T>): Promise<T> {
    const server = this.servers.find((candidate) => candidate.name === name)
    if (server === undefined) return Promise.reject(optionError('server', name, 'one of `servers`'))
    return server.run(metaDelete(key, {}), read, key)
  }

  /** Asks every server. Never rejects for a server: its answer holds the error. */
  broadcast<T>(operation: string, command: Command, read: Reader<T>): Promise<ServerAnswer<T>[]> {
    const ask = async (server: Server): Promise<ServerAnswer<T>> => {
      try {
        const value = await traced(
          commandChannel,
          () => ({ operation, server: server.name, count: 1 }),
          () => server.run(command, read),
        )
        return { server: server.name, value, error: undefined }
      } catch (error) {
        if (!CacheError.is(error)) throw error
        return { server: server.name, value: undefined, error }
      }
    }
    return Promise.all(this.servers.map(ask))
  }

  get closed(): boolean {
    return this.#closed
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.servers.map((server) => server.close()))
  }
}
