import type { CacheError } from '../../errors.ts'
import { type Answer, NO_OPAQUE, type Pending } from '../../net/pending.ts'
import type { Command } from '../../protocol/command.ts'
import type { WireKey } from '../../protocol/key.ts'
import { hitReply } from '../../protocol/meta-reply.ts'
import { UNSENT } from '../../protocol/plain-reply.ts'
import type { Stats } from '../../protocol/stats.ts'
import type { Bytes, Milliseconds } from '../../units.ts'
import { plainHit, readGet, readItem } from '../commands/answers.ts'
import type { Reader } from './reader.ts'
import { mayRepeat } from './repeat.ts'

/** What a call asks of the way that it takes. */
export interface Way {
  /** The server's. */
  readonly name: string
  /** Sends a call once more that was surely not run. Returns whether it will be. */
  again(call: Pending): boolean
  /** Nobody knows whether the last write to this key was run. */
  doubt(key: WireKey): void
  /** The last write to this key failed before it was sent; others may wait in front of it. */
  owe(key: WireKey): void
}

/** What few calls have. */
export interface CallLimits {
  timeoutMs?: Milliseconds
  /** Called when it is settled. */
  settled?: () => void
}

/** A call that may be given a value in the place of its error. */
export interface Settled<T> {
  resolve(value: T): void
}

/** What is left to a call that fails. */
export interface Resort<T> {
  /** Returns whether it has settled the call. */
  meet(call: Settled<T>, error: unknown): boolean
}

/**
 * A call on its way. There is one for each hit, so that it has no closures of its own, few fields, and
 * nothing that is set up before the constructor runs: fields are only declared, and none is private
 * (`bench/clients.mjs`, Node 20).
 */
export class PendingCall<T> implements Pending {
  declare stats?: Stats
  declare readonly command: Command
  declare readonly read: Reader<T>
  declare readonly way: Way
  declare resolve: (value: T | Promise<T>) => void
  declare reject: (error: unknown) => void
  declare readonly resort: Resort<T> | undefined
  declare opaque: number
  declare deadline: Milliseconds
  declare sentIn: DataView
  declare keyAt: number
  declare next: Pending | undefined
  declare cancelled: boolean
  /** The key that must be deleted if nobody knows what the command did. */
  declare doubtful: WireKey | undefined
  declare limits: CallLimits | undefined

  constructor(command: Command, read: Reader<T>, way: Way, resort: Resort<T> | undefined) {
    this.command = command
    this.read = read
    this.way = way
    this.resolve = unbegun
    this.reject = unbegun
    this.resort = resort
    this.opaque = 0
    this.deadline = 0
    this.sentIn = UNSENT
    this.keyAt = 0
    this.next = undefined
    this.cancelled = false
    this.doubtful = undefined
    this.limits = undefined
  }

  /** What the caller gets. A function that holds on to nothing but the call is what it costs. */
  begin(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  get bytes(): Bytes {
    return 'key' in this.command && this.command.value !== undefined ? this.command.value.length : 0
  }

  get isSent(): boolean {
    return this.opaque > 0 || this.opaque === NO_OPAQUE
  }

  get span(): number {
    return 1
  }

  get reads(): undefined {
    return undefined
  }

  get timeoutMs(): Milliseconds | undefined {
    return this.limits?.timeoutMs
  }

  hit(value: Buffer, flags: number, cas: number, connection: number): void {
    if ((this.read as Reader<unknown>) === readItem) {
      this.limits?.settled?.()
      // What `readItem` gives: `T` is that of the reader.
      this.resolve({ value, flags } as T)
    } else if ((this.read as Reader<unknown>) === readGet) {
      this.limits?.settled?.()
      this.resolve(plainHit(value, flags, cas, { server: this.way.name, connection }) as T)
    } else {
      this.answer(hitReply(value, flags, cas), connection)
    }
  }

  answer(answer: Answer, connection: number): void {
    this.limits?.settled?.()
    try {
      this.resolve(this.read(answer, { server: this.way.name, connection }))
    } catch (error) {
      if (!this.cancelled) this.end(error)
    }
  }

  fail(error: CacheError): void {
    if (this.command.verb === 'mg' && mayRepeat(this, error) && this.way.again(this)) return
    // What was given up before it was sent is taken back, or made up for already.
    const wasTakenBack = this.cancelled && !this.isSent
    if (this.doubtful !== undefined && !wasTakenBack) this.way.doubt(this.doubtful)
    this.refuse(error)
  }

  /** Fails before it was sent, so that there is nothing to doubt or to repeat. */
  refuse(error: CacheError): void {
    this.limits?.settled?.()
    if (!this.cancelled) this.end(error)
  }

  /** Its own time is over; its slot stays. A write that was not sent by then is made up for. */
  expire(error: CacheError): void {
    if (this.doubtful !== undefined && !this.isSent) this.way.owe(this.doubtful)
    this.cancelled = true
    this.limits?.settled?.()
    this.end(error)
  }

  /** The caller waits no longer. What the command does is not undone, and its slot stays. */
  cancel(reason: unknown): void {
    this.cancelled = true
    this.limits?.settled?.()
    this.reject(reason)
  }

  /** For whoever still waits. */
  end(error: unknown): void {
    if (this.resort?.meet(this, error) !== true) this.reject(error)
  }
}

function unbegun(): void {}
