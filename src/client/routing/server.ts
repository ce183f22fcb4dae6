import type { ServerAddress } from '../../net/address.ts'
import { Health } from '../../net/health.ts'
import type { CasToken, Command } from '../../protocol/command.ts'
import type { WireKey } from '../../protocol/key.ts'
import type { Bytes } from '../../units.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import { Lane } from './lane.ts'
import { checkPatience, limit, type Patience } from './patience.ts'
import { PendingCall, type Resort } from './pending-call.ts'
import type { Reader } from './reader.ts'

// Above the largest value that is sent: a server's own limit counts header and key too.
const REPLY_SLACK: Bytes = 1024

/** One server of the client: the ways to it, and what is owed to it. */
export class Server {
  readonly address: ServerAddress
  readonly #options: ResolvedMemcachedOptions
  readonly #health: Health
  readonly #lanes: readonly Lane[]
  readonly #first: Lane

  /** `failed` is called whenever it stops being usable. */
  constructor(address: ServerAddress, options: ResolvedMemcachedOptions, failed?: () => void) {
    this.address = address
    this.#options = options
    const health = new Health(address.name, options.clock, options.random, failed)
    this.#health = health
    const lane = (): Lane =>
      new Lane(address, health, { ...options, maxReplyBytes: options.maxValueBytes + REPLY_SLACK })
    this.#first = lane()
    this.#lanes = [this.#first, ...Array.from({ length: options.connections - 1 }, lane)]
  }

  get name(): string {
    return this.address.name
  }

  /** How often it came up. */
  get openings(): number {
    return this.#health.openings
  }

  /**
   * The connection that the commands of one route key share, so that they stay in order and a CAS
   * finds the connection that read it.
   */
  laneOf(routeKey: string): Lane {
    if (this.#lanes.length === 1) return this.#first
    let hash = 0
    for (let i = 0; i < routeKey.length; i++) {
      hash = (Math.imul(hash, 31) + routeKey.charCodeAt(i)) | 0
    }
    return this.#lanes[(hash >>> 0) % this.#lanes.length] ?? this.#first
  }

  /**
   * Sends one command. `routeKey` is `undefined` where it has no key. `doubtful`: the key that must be
   * deleted if nobody knows what it did.
   */
  run<T>(
    command: Command,
    routeKey: string | undefined,
    read: Reader<T>,
    doubtful?: WireKey,
    patience?: Patience | undefined,
    resort?: Resort<T> | undefined,
  ): Promise<T> {
    const lane = routeKey === undefined ? this.#first : this.laneOf(routeKey)
    const call = new PendingCall(command, read, lane, resort)
    const promise = call.begin()
    call.doubtful = doubtful
    if (patience !== undefined) {
      try {
        checkPatience(patience)
      } catch (error) {
        call.reject(error)
        return promise
      }
      limit(call, patience, this.#options.timeoutMs)
    }
    lane.send(call)
    return promise
  }

  /** Deletes `key` in order with the commands around it, now or as soon as the server is back. */
  discard(key: WireKey, routeKey: string): Promise<void> {
    return this.laneOf(routeKey).discard(key)
  }

  /** As `discard`, but opens no connection for it. */
  owe(key: WireKey, routeKey: string): void {
    this.laneOf(routeKey).owe(key)
  }

  /** Whether `token` was read here, on a connection that has not ended. */
  holds(token: CasToken): boolean {
    return this.#lanes.some((lane) => lane.connectionId === token.connection)
  }

  /** Has `key` deleted before it is read again, by whichever connection. */
  doubt(key: WireKey): void {
    for (const lane of this.#lanes) lane.doubt(key)
  }

  /** The keys that are still to be deleted here. */
  get doubtful(): WireKey[] {
    return this.#lanes.flatMap((lane) => lane.doubtful)
  }

  /** Whether it is to be emptied before it is read again. */
  get owesFlush(): boolean {
    return this.#lanes.some((lane) => lane.owesFlush)
  }

  oweFlush(): void {
    for (const lane of this.#lanes) lane.oweFlush()
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }
}
