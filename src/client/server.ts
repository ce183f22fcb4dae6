import type { CacheError } from '../errors.ts'
import type { ServerAddress } from '../net/address.ts'
import { Link } from '../net/link.ts'
import type { Answer, Pending } from '../net/pending.ts'
import type { Command } from '../protocol/command.ts'
import type { WireKey } from '../protocol/key.ts'
import type { Stats } from '../protocol/stats.ts'
import type { Bytes, Milliseconds } from '../units.ts'
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
      const call = new PendingCall(command, read, this.name, resolve, reject)
      if (doubtful !== undefined) call.inDoubt = () => this.#replays.remember(doubtful)
      const refusal = this.#link.send(call)
      if (refusal === undefined) return
      if (doubtful !== undefined) this.#doubtRefused(doubtful, refusal)
      reject(refusal)
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

  #doubtRefused(key: WireKey, refusal: CacheError): void {
    if (refusal.code === 'ERR_CLOSED') return
    // Others may wait in front of it: its deletion must come after theirs, not ahead of them.
    if (this.#link.connected) void this.discard(key)
    else this.#replays.remember(key)
  }
}

/** A call on its way. One object without closures: there is one for each hit. */
class PendingCall<T> implements Pending {
  readonly command: Command
  readonly bytes: Bytes
  tag = ''
  deadline: Milliseconds = 0
  stats: Stats | undefined = undefined
  /** Called where nobody knows whether the command was run. */
  inDoubt: (() => void) | undefined = undefined
  readonly #read: Reader<T>
  readonly #server: string
  readonly #resolve: (value: T) => void
  readonly #reject: (error: unknown) => void

  constructor(
    command: Command,
    read: Reader<T>,
    server: string,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.command = command
    this.bytes = 'key' in command ? (command.value?.length ?? 0) : 0
    this.#read = read
    this.#server = server
    this.#resolve = resolve
    this.#reject = reject
  }

  answer(answer: Answer, connection: number): void {
    try {
      this.#resolve(this.#read(answer, { server: this.#server, connection }))
    } catch (error) {
      this.#reject(error)
    }
  }

  fail(error: CacheError): void {
    this.inDoubt?.()
    this.#reject(error)
  }
}
