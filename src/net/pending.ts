import type { CacheError } from '../errors.ts'
import type { Command } from '../protocol/command.ts'
import { type ErrorReply, type MetaReply, malformed, type Reply } from '../protocol/reply.ts'
import { emptyStats, type Stats } from '../protocol/stats.ts'
import type { Bytes, Milliseconds } from '../units.ts'

/** The whole answer to one command. */
export type Answer =
  | MetaReply
  | ErrorReply
  | { readonly kind: 'stats'; readonly stats: Stats }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'ok' | 'noop' }

/** A command whose answer somebody waits for. */
export interface Pending {
  readonly command: Command
  /** Of its value. */
  readonly bytes: Bytes
  /** With the `O`, once written. */
  tag: string
  /** By the monotonic clock; 0 until its tick has ended. */
  deadline: Milliseconds
  /** Gathers the lines of a `stats` answer. */
  stats: Stats | undefined
  /** `connection` is the id of the connection that answered. */
  answer(answer: Answer, connection: number): void
  fail(error: CacheError): void
}

/** First in, first out, in amortised constant time; counts the bytes that it holds. */
export class PendingQueue {
  #items: Pending[] = []
  #head = 0
  #bytes: Bytes = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get bytes(): Bytes {
    return this.#bytes
  }

  get oldest(): Pending | undefined {
    return this.#items[this.#head]
  }

  push(pending: Pending): void {
    this.#items.push(pending)
    this.#bytes += pending.bytes
  }

  shift(): Pending | undefined {
    const pending = this.#items[this.#head]
    if (pending === undefined) return undefined
    this.#bytes -= pending.bytes
    this.#head++
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head === 4096) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return pending
  }

  all(): readonly Pending[] {
    return this.#head === 0 ? this.#items : this.#items.slice(this.#head)
  }

  takeAll(): readonly Pending[] {
    const all = this.all()
    this.#items = []
    this.#head = 0
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
