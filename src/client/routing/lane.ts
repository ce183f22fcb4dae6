import type { CacheError } from '../../errors.ts'
import type { ServerAddress } from '../../net/address.ts'
import type { Health } from '../../net/health.ts'
import { Link, type LinkOptions } from '../../net/link.ts'
import type { Pending } from '../../net/pending.ts'
import type { WireKey } from '../../protocol/key.ts'
import { Opaques } from '../../protocol/opaques.ts'
import { type ReadFlags, ReadLines } from '../../protocol/read-lines.ts'
import { type By, Callers } from './callers.ts'
import type { Instead } from './outage.ts'
import type { Way } from './pending-call.ts'
import { ReadRun, type RunWay } from './read-run.ts'
import type { Reader } from './reader.ts'
import { ReplayLog, type ReplayOverflow } from './replay.ts'

/** What a lane takes. */
export interface LaneCall extends Pending {
  /** The key that must be deleted if nobody knows what the command did. */
  readonly doubtful: WireKey | undefined
  /** Fails before it was sent, so that there is nothing to doubt or to repeat. */
  refuse(error: CacheError): void
}

/** One connection to a server, and the deletions that are owed before it is read again. */
export class Lane implements Way, RunWay {
  readonly name: string
  /** Of the reads that are being gathered. */
  readonly lines: ReadLines
  readonly #link: Link
  readonly #replays: ReplayLog

  constructor(
    address: ServerAddress,
    health: Health,
    options: Omit<LinkOptions, 'takeOverdue' | 'opaques'> & {
      readonly maxReplays: number
      readonly replayOverflow: ReplayOverflow
    },
  ) {
    const replays = new ReplayLog(address.name, options.maxReplays, options.replayOverflow)
    this.name = address.name
    this.#replays = replays
    const opaques = new Opaques()
    this.lines = new ReadLines(opaques)
    this.#link = new Link(address, health, {
      ...options,
      opaques,
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

  /**
   * Reads what `flags` ask for, along with the reads in front of it if nothing stands between: a hit's
   * shortest way. Throws `ERR_KEY_INVALID`.
   */
  read<T>(
    key: string,
    flags: ReadFlags,
    read: Reader<T>,
    instead: Instead<T> | undefined,
    by?: By<T>,
  ): Promise<T> {
    const { lines } = this
    const from = lines.end
    lines.add(key, flags)
    const run = this.#link.newest
    const isNext = run instanceof ReadRun && run.isFollowedAt(from) && run.flags === flags
    const callers = isNext ? run.readers : undefined
    if (
      isNext &&
      callers instanceof Callers &&
      callers.read === read &&
      callers.instead === instead
    ) {
      const refusal = this.#link.sendMore(run)
      if (refusal === undefined) {
        run.lengthen()
        return callers.add(by)
      }
      lines.takeBack(from)
      return refused(refusal, instead)
    }
    return this.#readFirst(from, flags, new Callers(read, instead), by)
  }

  /** Of a run whose reads are within `room`. It fails where it is refused. */
  sendRun(run: ReadRun): void {
    const refusal = this.#link.send(run)
    if (refusal !== undefined) run.refuse(refusal)
  }

  /** How many more reads may be sent. */
  get room(): number {
    return this.#link.room
  }

  /** What is refused with that is above `room`. */
  get overload(): CacheError {
    return this.#link.overload
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

  #readFirst<T>(
    from: number,
    flags: ReadFlags,
    callers: Callers<T>,
    by: By<T> | undefined,
  ): Promise<T> {
    const run = new ReadRun(this, callers, this.lines, from, flags, undefined)
    const promise = callers.add(by)
    this.sendRun(run)
    return promise
  }
}

function refused<T>(refusal: CacheError, instead: Instead<T> | undefined): Promise<T> {
  const callers = new Callers<T>(neverRead, instead)
  const promise = callers.add()
  callers.failed(refusal, () => refusal)
  return promise
}

function neverRead(): never {
  throw new Error('It was not sent.')
}
