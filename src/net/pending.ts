import type { CacheError } from '../errors.ts'
import type { Command, MetaCommand } from '../protocol/command.ts'
import type { RequestWriter } from '../protocol/encode.ts'
import type { InspectedItem } from '../protocol/inspected.ts'
import type { MetaReply } from '../protocol/meta-reply.ts'
import type { SentKey } from '../protocol/plain-reply.ts'
import { type ErrorReply, malformed, type Reply } from '../protocol/reply.ts'
import type { SentReads } from '../protocol/run-replies.ts'
import { emptyStats, type Stats } from '../protocol/stats.ts'
import type { Bytes, Milliseconds } from '../units.ts'

/** The whole answer to one command. */
export type Answer =
  | MetaReply
  | ErrorReply
  | { readonly kind: 'stats'; readonly stats: Stats }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'inspected'; readonly item: InspectedItem }
  | { readonly kind: 'ok' | 'noop' }

/** A command whose answer somebody waits for. */
export interface Pending extends SentKey {
  readonly command: Command
  /** Of its value. */
  readonly bytes: Bytes
  /** Its own limit, where that is longer than the others'. */
  readonly timeoutMs: Milliseconds | undefined
  /** Nobody waits for it any more. It is not sent if it was not yet; else its slot stays. */
  cancelled: boolean
  /** 1 and up, once written, or {@link NO_OPAQUE}. 0 and -1: not written yet. */
  opaque: number
  /** By the monotonic clock; 0 until it may be written. */
  deadline: Milliseconds
  sentIn: DataView
  keyAt: number
  /** How many replies it waits for. */
  readonly span: number
  /** Itself, where it is many. */
  readonly reads: PendingReads | undefined
  /** The one behind it in its queue. */
  next: Pending | undefined
  /** Gathers the lines of a `stats` answer. */
  stats?: Stats
  /** A value, its client flags and its CAS, or `NO_CAS`: the shorter way for the answer that nearly all are. */
  hit(value: Buffer, flags: number, cas: number, connection: number): void
  /** `connection` is the id of the connection that answered. */
  answer(answer: Answer, connection: number): void
  /** `another` makes an error for each that is behind the first of many; without it they share one. */
  fail(error: CacheError, another?: () => CacheError): void
  /** Its time is over, but not that of the command in front of it. Its slot stays. */
  expire(error: CacheError, another?: () => CacheError): void
}

/**
 * Plain reads of one turn: one object, one text to write. Those fields of a {@link Pending} that tell of
 * a command tell of the first that has no reply yet.
 */
export interface PendingReads extends Pending, SentReads {
  sentIn: DataView
  keyAt: number
  opaque: number
  /** They ask for a value, its client flags and perhaps its CAS. */
  readonly isPlain: boolean
  /** A read whose key is missing has no reply, and one `mn` ends them. */
  readonly isQuiet: boolean
  /** Copies the lines to where they are sent from, by the connection with this id. */
  writeTo(writer: RequestWriter, connection: number): void
  /** How many have no reply if this opaque is that of the next reply; `undefined`: it cannot be. */
  unsaidBefore(opaque: number): number | undefined
  /** The key of the read behind so many. */
  keyBehind(count: number): SentKey
  commandBehind(count: number): MetaCommand
  /** So many of them, the first, were missing. */
  pass(count: number): void
  hit(value: Buffer, flags: number, cas: number): void
  /** So many, the first, had their replies. The key of the next is at `keyAt`. */
  advance(count: number, keyAt: number): void
  /** The first has its reply, which `hit` or `answer` brings next. Its key ends at `keyEnd`. */
  step(keyEnd: number): void
  /** `mn` is answered. */
  end(): void
}

/**
 * First in, first out, in constant time; counts the replies and bytes that it waits for. A pending is in
 * one queue at most. Chained, not an array: an array that lives long is an old object, into which the garbage
 * collector has to look for every young one (`bench/clients.mjs`, 1024 in flight).
 */
export class PendingQueue {
  #oldest: Pending | undefined
  #newest: Pending | undefined
  #length = 0
  #bytes: Bytes = 0

  get length(): number {
    return this.#length
  }

  get bytes(): Bytes {
    return this.#bytes
  }

  get oldest(): Pending | undefined {
    return this.#oldest
  }

  get newest(): Pending | undefined {
    return this.#newest
  }

  push(pending: Pending): void {
    if (this.#newest === undefined) this.#oldest = pending
    else this.#newest.next = pending
    this.#newest = pending
    this.#length += pending.span
    this.#bytes += pending.bytes
  }

  /** The newest waits for one more. */
  lengthen(): void {
    this.#length++
  }

  /** Takes note that the oldest, which is many, waits for `count` fewer. */
  shorten(count: number): void {
    this.#length -= count
    if (this.#oldest?.span === 0) this.shift()
  }

  shift(): Pending | undefined {
    const pending = this.#oldest
    if (pending === undefined) return undefined
    this.#oldest = pending.next
    if (pending.next === undefined) this.#newest = undefined
    // What is gone must not keep alive what came after it.
    pending.next = undefined
    this.#length -= pending.span
    this.#bytes -= pending.bytes
    return pending
  }

  /** All that it holds; it keeps them. */
  all(): readonly Pending[] {
    const all: Pending[] = []
    for (let each = this.#oldest; each !== undefined; each = each.next) all.push(each)
    return all
  }

  takeAll(): readonly Pending[] {
    const all = this.all()
    for (const each of all) each.next = undefined
    this.#oldest = undefined
    this.#newest = undefined
    this.#length = 0
    this.#bytes = 0
    return all
  }
}

/** Adds `reply` to a `stats` answer; returns the whole answer once it is one. */
export function gatherStats(pending: Pending, reply: Reply): Answer | undefined {
  pending.stats ??= emptyStats()
  if (reply.kind === 'end') return { kind: 'stats', stats: pending.stats }
  if (reply.kind !== 'stat') return malformed('another reply than figures')
  pending.stats[reply.name] = reply.value
  return undefined
}

/** Of a text command that was written: it has none. */
export const NO_OPAQUE = -2
