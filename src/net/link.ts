import { connectChannel, traced } from '../channels.ts'
import { systemClock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { Bytes, Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { Deadlines } from './deadlines.ts'
import type { Health } from './health.ts'
import { unsentError } from './lost.ts'
import { type Pending, PendingQueue } from './pending.ts'

export interface LinkOptions extends ConnectionOptions {
  /** For one command, from when it may be written to its answer. */
  readonly timeoutMs: Milliseconds
  /** Commands that wait to be sent or answered. */
  readonly maxPending: number
  /** Of the values of those commands. */
  readonly maxPendingBytes: Bytes
  /** What must reach the server before anything else does. Asked before every write. */
  readonly takeOverdue: () => readonly Pending[]
}

/** The way to one server: one connection, opened when needed, and the commands that wait for it. */
export class Link {
  readonly #address: ServerAddress
  readonly #options: LinkOptions
  readonly #health: Health
  readonly #waiting = new PendingQueue()
  readonly #deadlines: Deadlines
  #connection: Connection | undefined
  #open = false
  /** While a probe of a failed server runs, only the tick that started it may wait for it. */
  #admitting = true
  #flushing = false
  /** Whether a command ever had more time than the others, so that their deadlines are in no order. */
  #unordered = false
  #closing: (() => void) | undefined
  #closed: Promise<void> | undefined
  readonly #onTurnEnd = (): void => this.#flush()

  /** `health` is the server's: links to one server share it. */
  constructor(address: ServerAddress, health: Health, options: LinkOptions) {
    this.#address = address
    this.#options = options
    this.#health = health
    this.#deadlines = new Deadlines({
      earliest: () => this.#earliest(),
      bytesRead: () => this.#connection?.bytesRead ?? 0,
      expire: (now) => this.#expire(now),
    })
  }

  /** Of the connection, if only one that is being opened. Without one, nothing waits. */
  get connectionId(): number | undefined {
    return this.#connection?.id
  }

  /** Sends the command with all others of this turn. Where it is refused, returns why. */
  send(pending: Pending): CacheError | undefined {
    const reason = this.#reason(pending)
    if (reason === undefined) this.#enqueue(pending)
    return reason
  }

  /** As `send`, of one more read of the newest command that waits. */
  sendMore(reads: Pending): CacheError | undefined {
    const reason = this.#inUse && this.room > 0 ? undefined : this.#reason(reads)
    if (reason === undefined) this.#waiting.lengthen()
    return reason
  }

  /** What was sent last, unless it is written already. */
  get newest(): Pending | undefined {
    return this.#waiting.newest
  }

  /** How many more commands without a value may be sent. */
  get room(): number {
    return this.#options.maxPending - this.#count
  }

  /** What is refused with that is above the limits. */
  get overload(): CacheError {
    const { maxPending, maxPendingBytes } = this.#options
    const server = this.#address.name
    const message = `${this.#count} commands with ${this.#bytes} bytes of values wait for ${server}: ${maxPending} and ${maxPendingBytes} are allowed.`
    return new CacheError('ERR_OVERLOADED', message, { server })
  }

  /**
   * As `send`, over the limits and behind a probe, and fails where it is refused: for what must
   * not be forgotten, which its sender limits.
   */
  sendOverLimit(pending: Pending): void {
    const refusal = this.#refuses(pending)
    if (refusal === undefined) this.#enqueue(pending)
    else pending.fail(refusal)
  }

  /** Takes no more commands; resolves once those it has are settled and the socket is closed. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#closing = resolve
      this.#closeIfIdle()
    })
    return this.#closed
  }

  /** The usual state, in which nothing but the limits speaks against a command. */
  get #inUse(): boolean {
    return this.#open && this.#closed === undefined
  }

  /** Why it is refused, if it is. */
  #reason(pending: Pending): CacheError | undefined {
    const refusal = this.#inUse ? undefined : (this.#refuses(pending) ?? this.#isProbing(pending))
    return refusal ?? this.#overloads(pending)
  }

  get #count(): number {
    return this.#waiting.length + (this.#connection?.inFlight.length ?? 0)
  }

  get #bytes(): Bytes {
    return this.#waiting.bytes + (this.#connection?.inFlight.bytes ?? 0)
  }

  #refuses(pending: Pending): CacheError | undefined {
    const server = this.#address.name
    if (this.#closed !== undefined) {
      return new CacheError('ERR_CLOSED', 'The client is closed.', { server })
    }
    const down = this.#connection === undefined ? this.#health.downFor : undefined
    return down === undefined ? undefined : unsentError(pending, server, down)
  }

  #isProbing(pending: Pending): CacheError | undefined {
    if (this.#connection === undefined || this.#open || this.#admitting) return undefined
    const server = this.#address.name
    const probed = new CacheError('ERR_CONNECTION', `The server ${server} is being probed.`)
    return unsentError(pending, server, probed)
  }

  #overloads(pending: Pending): CacheError | undefined {
    const { maxPending, maxPendingBytes } = this.#options
    if (this.#count < maxPending && this.#bytes + pending.bytes <= maxPendingBytes) return undefined
    return this.overload
  }

  #enqueue(pending: Pending): void {
    this.#waiting.push(pending)
    if (pending.timeoutMs !== undefined) this.#unordered = true
    if (this.#connection === undefined) this.#connect()
    if (this.#flushing) return
    this.#flushing = true
    // Behind the poll phase: what all the sockets bring that are ready now (requests, replies of
    // other servers) shares one write. At the end of each one's own tick, 8 servers cost 1.8 times
    // the CPU (`bench/scaling.mjs`), and as many requests as arrive together as many writes.
    setImmediate(this.#onTurnEnd)
  }

  #connect(): void {
    const connection = new Connection(this.#address, this.#options, {
      lost: (error) => this.#lost(connection, error),
      drained: () => this.#flush(),
      idle: () => this.#closeIfIdle(),
    })
    this.#connection = connection
    this.#admitting = true
    if (this.#health.trying()) {
      process.nextTick(() => {
        this.#admitting = false
      })
    }
    traced(
      connectChannel,
      () => ({ server: this.#address.name }),
      () => connection.open(),
    ).then(
      () => this.#opened(connection),
      (error: CacheError) => {
        if (this.#connection !== connection) return
        this.#drop(() => this.#health.failedToOpen(error), error)
      },
    )
  }

  #opened(connection: Connection): void {
    // It may have closed again before this continuation ran.
    if (this.#connection !== connection) return
    this.#open = true
    this.#health.opened()
    this.#flush()
    this.#closeIfIdle()
  }

  #lost(connection: Connection, error: CacheError | undefined): void {
    if (this.#connection !== connection) return
    // Greeted and gone before `#opened` ran: it was never in use.
    const isUnused = !this.#open
    this.#drop(
      () => (isUnused ? this.#health.failedToOpen(error) : this.#health.lost(error)),
      error,
    )
  }

  #drop(tellHealth: () => void, error: CacheError | undefined): void {
    this.#connection = undefined
    this.#open = false
    // First the state, then the callers, whose next command must find it.
    tellHealth()
    const cause = error ?? new CacheError('ERR_CONNECTION', 'The connection was closed.')
    for (const pending of this.#waiting.takeAll()) {
      const unsent = (): CacheError => unsentError(pending, this.#address.name, cause)
      pending.fail(unsent(), unsent)
    }
    this.#closeIfIdle()
  }

  #flush(): void {
    this.#flushing = false
    // Whole: a deadline then is a small integer and no object of its own for every command.
    const now = Math.ceil(systemClock.monotonic())
    const connection = this.#connection
    if (connection !== undefined && this.#open && connection.writable) {
      const overdue = this.#options.takeOverdue()
      if (overdue.length > 0 || this.#waiting.length > 0) {
        connection.write(overdue, this.#waiting, now, this.#options.timeoutMs)
      }
    } else {
      this.#stamp(this.#waiting.all(), now)
    }
    this.#deadlines.start(now, now + this.#options.timeoutMs)
  }

  #stamp(batch: readonly Pending[], now: Milliseconds): void {
    const { timeoutMs } = this.#options
    for (const pending of batch) {
      if (pending.deadline === 0) pending.deadline = now + (pending.timeoutMs ?? timeoutMs)
    }
  }

  #expire(now: Milliseconds): void {
    const { timeoutMs } = this.#options
    const server = this.#address.name
    const message = `The server ${server} did not answer within ${timeoutMs} ms.`
    const error = new CacheError('ERR_TIMEOUT', message, { applied: 'unknown', server })
    const connection = this.#connection
    const oldest = connection?.inFlight.oldest
    if (oldest !== undefined && oldest.deadline <= now) connection?.close(error)
    else if (this.#unordered) connection?.expireOverdue(now, error)
    for (;;) {
      const waiting = this.#waiting.oldest
      if (waiting === undefined || !isOverdue(waiting, now)) break
      this.#waiting.shift()
      const unsent = (): CacheError => unsentError(waiting, server, error)
      waiting.fail(unsent(), unsent)
    }
    if (this.#unordered) this.#expireWaiting(now, error)
    this.#closeIfIdle()
  }

  #expireWaiting(now: Milliseconds, error: CacheError): void {
    for (const waiting of this.#waiting.all()) {
      if (waiting.cancelled || !isOverdue(waiting, now)) continue
      const unsent = (): CacheError => unsentError(waiting, this.#address.name, error)
      waiting.expire(unsent(), unsent)
    }
  }

  #earliest(): Milliseconds | undefined {
    const inFlight = this.#connection?.inFlight
    const queue = inFlight !== undefined && inFlight.length > 0 ? inFlight : this.#waiting
    const first = queue.oldest?.deadline
    if (!this.#unordered || first === undefined) return first
    // A deadline of 0 is none yet: it may not be written yet.
    const others = [...(inFlight?.all() ?? []), ...this.#waiting.all()].filter(
      ({ cancelled, deadline }) => !cancelled && deadline !== 0,
    )
    return others.reduce((least, { deadline }) => Math.min(least, deadline), first)
  }

  #closeIfIdle(): void {
    if (this.#closing === undefined || this.#waiting.length > 0) return
    if (this.#connection !== undefined && this.#connection.inFlight.length > 0) return
    this.#deadlines.stop()
    const connection = this.#connection
    this.#connection = undefined
    connection?.close()
    this.#closing()
  }
}

/** A deadline of 0 is none yet: it may not be written yet. */
function isOverdue(pending: Pending, now: Milliseconds): boolean {
  return pending.deadline !== 0 && pending.deadline <= now
}
