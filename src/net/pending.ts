import type { CacheError } from '../errors.ts'
import type { Command } from '../protocol/command.ts'
import type { InspectedItem } from '../protocol/inspected.ts'
import type { SentKey } from '../protocol/plain-reply.ts'
import { type ErrorReply, type MetaReply, malformed, type Reply } from '../protocol/reply.ts'
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
  /** The server leaves out its usual reply: the next reply of another says that there was none. */
  readonly quiet: boolean
  /** Its own limit, where that is longer than the others'. */
  readonly timeoutMs: Milliseconds | undefined
  /** Nobody waits for it any more. It is not sent if it was not yet; else its slot stays. */
  cancelled: boolean
  /** 1 and up, once written, or {@link NO_OPAQUE}. 0 and -1: not written yet. */
  opaque: number
  /** By the monotonic clock; 0 until it may be written. */
  deadline: Milliseconds
  sentIn: Uint8Array
  keyAt: number
  keyLength: Bytes
  /** The one behind it in its queue. */
  next: Pending | undefined
  /** Gathers the lines of a `stats` answer. */
  stats?: Stats
  /** A value and its client flags: the shorter way for the answer that nearly all are. */
  hit(value: Buffer, flags: number, cas: number, connection: number): void
  /** `connection` is the id of the connection that answered. */
  answer(answer: Answer, connection: number): void
  fail(error: CacheError): void
  /** Its time is over, but not that of the command in front of it. Its slot stays. */
  expire(error: CacheError): void
}

/**
 * First in, first out, in constant time; counts the bytes that it holds. A pending is in one queue at
 * most. Chained, not an array: an array that lives long is an old object, into which the garbage
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

  push(pending: Pending): void {
    if (this.#newest === undefined) this.#oldest = pending
    else this.#newest.next = pending
    this.#newest = pending
    this.#length++
    this.#bytes += pending.bytes
  }

  shift(): Pending | undefined {
    const pending = this.#oldest
    if (pending === undefined) return undefined
    this.#oldest = pending.next
    if (pending.next === undefined) this.#newest = undefined
    // What is gone must not keep alive what came after it.
    pending.next = undefined
    this.#length--
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

/** What {@link Pending.sentIn} is until it was sent. */
export const UNSENT: Uint8Array = new Uint8Array()
