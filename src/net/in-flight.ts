import { CacheError } from '../errors.ts'
import { type MetaReply, type MetaStatus, statusReply } from '../protocol/meta-reply.ts'
import type { PlainSink, SentKey } from '../protocol/plain-reply.ts'
import { keyEnd } from '../protocol/read-lines.ts'
import type { Reply } from '../protocol/reply.ts'
import type { Milliseconds } from '../units.ts'
import { matchMeta, matchReply, mayAnswer, mayAnswerRead, mismatch } from './matching.ts'
import { type Pending, PendingQueue, type PendingReads } from './pending.ts'

const NOOP_REPLY: Reply = Object.freeze({ kind: 'noop' })

/**
 * What one connection has sent and is not answered yet: brings each reply to its command.
 *
 * Whatever does not fit throws `ERR_PROTOCOL` and settles nothing: the connection is to be closed.
 */
export class InFlight implements PlainSink {
  readonly #connection: number
  readonly #onIdle: () => void
  readonly #queue = new PendingQueue()
  /** How many quiet reads without a reply stand in front of what `due` found. */
  #passed = 0

  /** `connection`: its id. `onIdle` is called when the last command was answered. */
  constructor(connection: number, onIdle: () => void) {
    this.#connection = connection
    this.#onIdle = onIdle
  }

  get queue(): PendingQueue {
    return this.#queue
  }

  get reads(): PendingReads | undefined {
    const reads = this.#queue.oldest?.reads
    return reads?.isPlain === true ? reads : undefined
  }

  taken(count: number, keyAt: number): void {
    this.reads?.advance(count, keyAt)
    this.#queue.shorten(count)
    if (this.#queue.length === 0) this.#onIdle()
  }

  due(opaque: number): SentKey | undefined {
    this.#passed = 0
    const oldest = this.#queue.oldest
    if (oldest === undefined) return undefined
    const { reads } = oldest
    // Of quiet ones only their end may be due.
    if (oldest.opaque === opaque) return reads?.left === 0 ? undefined : oldest
    const passed = reads?.unsaidBefore(opaque)
    if (reads === undefined || passed === undefined) return undefined
    this.#passed = passed
    return reads.keyBehind(passed)
  }

  hit(value: Buffer, flags: number, cas: number, keyEnd: number): void {
    this.#settleDue('VA', keyEnd).hit(value, flags, cas, this.#connection)
    if (this.#queue.length === 0) this.#onIdle()
  }

  status(status: MetaStatus, keyEnd: number): void {
    this.#settleDue(status, keyEnd).answer(statusReply(status), this.#connection)
    if (this.#queue.length === 0) this.#onIdle()
  }

  reply(reply: MetaReply, keyEnd: number): void {
    this.#settleDue(reply.status, keyEnd).answer(reply, this.#connection)
    if (this.#queue.length === 0) this.#onIdle()
  }

  noop(): void {
    this.take(NOOP_REPLY)
  }

  /** Takes any reply, in full. */
  take(reply: Reply): void {
    const oldest = this.#queue.oldest
    if (oldest === undefined) {
      throw new CacheError('ERR_PROTOCOL', 'The server sent a reply that nobody asked for.', {
        applied: 'unknown',
      })
    }
    if (oldest.reads !== undefined) {
      this.#takeForReads(oldest.reads, reply)
    } else {
      const answer = matchReply(oldest, reply)
      if (answer === undefined) return
      this.#queue.shift()
      oldest.answer(answer, this.#connection)
    }
    if (this.#queue.length === 0) this.#onIdle()
  }

  /** Fails what is overdue behind a command that has more time. Their slots stay. */
  expireOverdue(now: Milliseconds, lost: (pending: Pending) => CacheError): void {
    for (const pending of this.#queue.all()) {
      if (pending.deadline > now || pending.cancelled) continue
      pending.expire(lost(pending), () => lost(pending))
    }
  }

  /** Takes note of the reply of what `due` found, and of those in front of it that have none. */
  #settleDue(status: MetaStatus, keyEnd: number): Pending {
    const due = this.#queue.oldest
    if (due === undefined) mismatch()
    const { reads } = due
    if (reads === undefined) {
      if (!mayAnswer(due.command, status)) mismatch()
      this.#queue.shift()
      return due
    }
    if (status !== 'VA' && !mayAnswerRead(status)) mismatch()
    if (this.#passed > 0) this.#pass(reads)
    reads.step(keyEnd)
    this.#queue.shorten(1)
    return due
  }

  #pass(reads: PendingReads): void {
    const passed = this.#passed
    this.#passed = 0
    reads.pass(passed)
    this.#queue.shorten(passed)
  }

  #takeForReads(reads: PendingReads, reply: Reply): void {
    if (reply.kind === 'noop' && reads.isQuiet) {
      const { span } = reads
      reads.end()
      this.#queue.shorten(span)
      return
    }
    // An error line names no command: behind quiet ones it may be that of any of them.
    if (reply.kind === 'error' && reads.isQuiet) mismatch()
    const answer = reply.kind === 'meta' ? this.#matchRead(reads, reply) : matchReply(reads, reply)
    if (answer === undefined) return
    if (this.#passed > 0) this.#pass(reads)
    reads.step(keyEnd(reads.sentIn, reads.keyAt))
    this.#queue.shorten(1)
    reads.answer(answer, this.#connection)
  }

  #matchRead(reads: PendingReads, reply: MetaReply): MetaReply {
    const opaque = Number(reply.tag.slice(1))
    if (this.due(opaque) === undefined) mismatch()
    return matchMeta(reads.commandBehind(this.#passed), opaque, reply)
  }
}
