import type { CacheError } from '../../errors.ts'
import type { ServerAddress } from '../../net/address.ts'
import type { Health } from '../../net/health.ts'
import { Link, type LinkOptions } from '../../net/link.ts'
import type { Pending } from '../../net/pending.ts'
import type { WireKey } from '../../protocol/key.ts'
import type { Way } from './pending-call.ts'
import { ReplayLog, type ReplayOverflow } from './replay.ts'

/** What a lane takes. */
export interface LaneCall extends Pending {
  /** The key that must be deleted if nobody knows what the command did. */
  readonly doubtful: WireKey | undefined
  /** Fails before it was sent, so that there is nothing to doubt or to repeat. */
  refuse(error: CacheError): void
}

/** One connection to a server, and the deletions that are owed before it is read again. */
export class Lane implements Way {
  readonly name: string
  readonly #link: Link
  readonly #replays: ReplayLog

  constructor(
    address: ServerAddress,
    health: Health,
    options: Omit<LinkOptions, 'takeOverdue'> & {
      readonly maxReplays: number
      readonly replayOverflow: ReplayOverflow
    },
  ) {
    const replays = new ReplayLog(address.name, options.maxReplays, options.replayOverflow)
    this.name = address.name
    this.#replays = replays
    this.#link = new Link(address, health, {
      ...options,
      takeOverdue: () => replays.takeOverdue(),
    })
  }

  /** Returns whether it was taken. */
  send(call: LaneCall): boolean {
    const refusal = this.#link.send(call)
    if (refusal === undefined) return true
    if (call.doubtful !== undefined && refusal.code !== 'ERR_CLOSED') this.owe(call.doubtful)
    call.refuse(refusal)
    return false
  }

  /** For what must not be held up by the limits, since others wait for it. */
  sendOverLimit(call: Pending): void {
    this.#link.sendOverLimit(call)
  }

  again(call: Pending): boolean {
    return this.#link.send(call) === undefined
  }

  /** As `discard`, but opens no connection for it. */
  owe(key: WireKey): void {
    // Others may wait in front of it: its deletion must come after theirs, not ahead of them.
    if (this.#link.connectionId !== undefined) void this.discard(key)
    else this.#replays.remember(key)
  }

  /** Of the connection that commands take, if there is one. */
  get connectionId(): number | undefined {
    return this.#link.connectionId
  }

  doubt(key: WireKey): void {
    this.#replays.remember(key)
  }

  /** The keys that are still to be deleted, and no longer or not yet on their way. */
  get doubtful(): readonly WireKey[] {
    return this.#replays.waiting
  }

  get owesFlush(): boolean {
    return this.#replays.owesFlush
  }

  /** Has the server emptied before it is read again. */
  oweFlush(): void {
    this.#replays.oweFlush()
  }

  /** Deletes `key` in order with the commands around it, now or as soon as the server is back. */
  discard(key: WireKey): Promise<void> {
    return new Promise((resolve) => {
      const deletion = this.#replays.deletion(key, resolve)
      if (deletion === undefined) resolve()
      else this.#link.sendOverLimit(deletion)
    })
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}
