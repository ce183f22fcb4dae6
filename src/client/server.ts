import type { CacheError } from '../errors.ts'
import type { ServerAddress } from '../net/address.ts'
import { Link } from '../net/link.ts'
import type { Answer } from '../net/pending.ts'
import type { Command } from '../protocol/command.ts'
import type { WireKey } from '../protocol/key.ts'
import type { Bytes } from '../units.ts'
import type { ResolvedMemcachedOptions } from './options.ts'
import { ReplayLog } from './replay.ts'

/** Where an answer came from. */
export interface Origin {
  readonly server: string
  /** The id of the connection: what a CAS is valid on. */
  readonly connection: number
}

/** Turns an answer into what the caller gets, or throws what the caller's promise rejects with. */
export type Reader<T> = (answer: Answer, origin: Origin) => T

// Above the largest value that is sent: a server's own limit counts header and key too.
const REPLY_SLACK: Bytes = 1024

/** One server of the client: the way to it, and what is owed to it. */
export class Server {
  readonly address: ServerAddress
  readonly #link: Link
  readonly #replays: ReplayLog

  constructor(address: ServerAddress, options: ResolvedMemcachedOptions) {
    this.address = address
    const replays = new ReplayLog(address.name, options.maxReplays)
    this.#replays = replays
    this.#link = new Link(address, {
      ...options,
      maxReplyBytes: options.maxValueBytes + REPLY_SLACK,
      takeOverdue: () => replays.takeOverdue(),
    })
  }

  get name(): string {
    return this.address.name
  }

  /** Sends one command. `doubtful`: the key that must be deleted if nobody knows what it did. */
  run<T>(command: Command, read: Reader<T>, doubtful?: WireKey): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#link.send({
        command,
        bytes: 'key' in command ? (command.value?.length ?? 0) : 0,
        tag: '',
        deadline: 0,
        stats: undefined,
        answer: (answer, connection) => {
          try {
            resolve(read(answer, { server: this.name, connection }))
          } catch (error) {
            reject(error)
          }
        },
        fail: (error) => {
          if (doubtful !== undefined) this.#doubt(doubtful, error)
          reject(error)
        },
      })
    })
  }

  /** Deletes `key` in order with the commands around it, now or as soon as the server is back. */
  discard(key: WireKey): Promise<void> {
    if (this.#replays.full) {
      this.#replays.forget()
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      this.#link.sendOverLimit(this.#replays.deletion(key, resolve))
    })
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  #doubt(key: WireKey, error: CacheError): void {
    if (error.code === 'ERR_CLOSED') return
    // Refused while others wait in front of it: its deletion must come after theirs, not ahead.
    if (error.code === 'ERR_OVERLOADED') void this.discard(key)
    else this.#replays.remember(key)
  }
}
