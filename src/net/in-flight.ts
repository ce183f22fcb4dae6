import { CacheError } from '../errors.ts'
import type { PlainSink, SentKey } from '../protocol/plain-reply.ts'
import { type MetaStatus, type Reply, statusReply } from '../protocol/reply.ts'
import type { Milliseconds } from '../units.ts'
import { matchReply, mayAnswer, mismatch, unsaid } from './matching.ts'
import { type Pending, PendingQueue } from './pending.ts'

/**
 * What one connection has sent and is not answered yet: brings each reply to its command.
 *
 * Whatever does not fit throws `ERR_PROTOCOL` and settles nothing: the connection is to be closed.
 */
export class InFlight implements PlainSink {
  readonly #connection: number
  readonly #onIdle: () => void
  readonly #queue = new PendingQueue()
  /** What `due` found, and how many quiet commands without a reply stand in front of it. */
  #due: Pending | undefined
  #passed = 0

  /** `connection`: its id. `onIdle` is called when the last command was answered. */
  constructor(connection: number, onIdle: () => void) {
    this.#connection = connection
    this.#onIdle = onIdle
  }

  get queue(): PendingQueue {
    return this.#queue
  }

  due(opaque: number): SentKey | undefined {
    let passed = 0
    for (let each = this.#queue.oldest; each !== undefined; each = each.next) {
      if (each.opaque === opaque) {
        this.#due = each
        this.#passed = passed
        return each
      }
      if (!each.quiet) return undefined
      passed++
    }
    return undefined
  }

  hit(value: Buffer, flags: number, cas: number): void {
    this.#settleDue('VA')?.hit(value, flags, cas, this.#connection)
    if (this.#queue.length === 0) this.#onIdle()
  }

  status(status: MetaStatus): void {
    this.#settleDue(status)?.answer(statusReply(status), this.#connection)
    if (this.#queue.length === 0) this.#onIdle()
  }

  /** Takes any reply, in full. */
  take(reply: Reply): void {
    const pending = this.#dueFor(reply)
    if (pending === undefined) {
      throw new CacheError('ERR_PROTOCOL', 'The server sent a reply that nobody asked for.', {
        applied: 'unknown',
      })
    }
    const answer = matchReply(pending, reply)
    this.#settleUnsaid(this.#passed)
    if (answer === undefined) return
    this.#queue.shift()
    pending.answer(answer, this.#connection)
    if (this.#queue.length === 0) this.#onIdle()
  }

  /** Fails what is overdue behind a command that has more time. Their slots stay. */
  expireOverdue(now: Milliseconds, lost: (pending: Pending) => CacheError): void {
    for (const pending of this.#queue.all()) {
      if (pending.deadline <= now && !pending.cancelled) pending.expire(lost(pending))
    }
  }

  /** Takes the command that `due` found out of the queue, and settles those in front of it. */
  #settleDue(status: MetaStatus): Pending | undefined {
    const due = this.#due
    this.#due = undefined
    if (due === undefined || !mayAnswer(due.command, status)) mismatch()
    this.#settleUnsaid(this.#passed)
    return this.#queue.shift()
  }

  #settleUnsaid(count: number): void {
    for (let i = 0; i < count; i++) {
      const pending = this.#queue.shift()
      pending?.answer(unsaid(pending.command), this.#connection)
    }
  }

  /** The command that `reply` answers, past the quiet ones that it says were answered silently. */
  #dueFor(reply: Reply): Pending | undefined {
    if (reply.kind === 'meta' && this.due(Number(reply.tag.slice(1))) !== undefined) {
      return this.#due
    }
    this.#passed = 0
    let each = this.#queue.oldest
    if (reply.kind === 'meta') return each
    while (each?.quiet === true) {
      this.#passed++
      each = each.next
    }
    // An error line names no command: it may be that of any of them.
    return reply.kind === 'error' && this.#passed > 0 ? mismatch() : each
  }
}
