import type { LookupFunction, Socket } from 'node:net'
import { CacheError } from '../errors.ts'
import { ReplyDecoder } from '../protocol/decode.ts'
import { RequestWriter } from '../protocol/encode.ts'
import { VOID_CAS } from '../protocol/meta-reply.ts'
import type { Opaques } from '../protocol/opaques.ts'
import type { Bytes, Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { dial, whenTrusted } from './dial.ts'
import { Greeting } from './greeting.ts'
import { InFlight } from './in-flight.ts'
import type { Login } from './login.ts'
import { lostError } from './lost.ts'
import { PatientTimer } from './patient-timer.ts'
import { NO_OPAQUE, type Pending, type PendingQueue, type PendingReads } from './pending.ts'
import { RecordWriter } from './record-writer.ts'
import type { TlsSetup } from './tls-options.ts'
import { lateError, unreachableError } from './unreachable.ts'

export interface ConnectionOptions {
  readonly connectTimeoutMs: Milliseconds
  /** The longest value that is taken from the server. */
  readonly maxReplyBytes: Bytes
  readonly lookup: LookupFunction | undefined
  readonly tls: TlsSetup | undefined
  readonly login: Login | undefined
  /** Numbers the commands of this connection and of those that come after it. */
  readonly opaques: Opaques
}

export interface ConnectionEvents {
  /** An open connection is gone. `undefined`: the server said goodbye and nothing was lost. */
  lost(error: CacheError | undefined): void
  /** The socket takes more bytes again. */
  drained(): void
  /** Every command has its answer. */
  idle(): void
}

// What one read takes at most: Node's own size for it.
const READ: Bytes = 65_536

// What is looked at behind a read's end, to find that a reply goes on there: an array that is asked
// for what it has not got is slower from then on.
const BEHIND: Bytes = 512

let lastId = 0

/** One socket to one server, from its opening to its end: many commands in flight, in order. */
export class Connection {
  /** Counts up through the process: no two connections share one, whatever their server. */
  readonly id: number = ++lastId
  readonly #address: ServerAddress
  readonly #events: ConnectionEvents
  readonly #options: ConnectionOptions
  readonly #replies = new InFlight(this.id, () => this.#becomeIdle())
  readonly #inFlight: PendingQueue = this.#replies.queue
  readonly #writer = new RequestWriter()
  readonly #socket: Socket
  readonly #decoder: ReplyDecoder
  // One buffer for all reads: nothing keeps a part of it, and an allocation per read costs more than
  // the copy of a value.
  readonly #block = Buffer.allocUnsafeSlow(READ + BEHIND)
  readonly #read = this.#block.subarray(0, READ)
  /** Where the next read goes to: the buffer, or the rest of a large value. */
  #room: Uint8Array = this.#read
  #closed = false
  /** Settles `open`; `undefined` once open. */
  #opening: { done(): void; failed(error: CacheError): void } | undefined
  readonly #greeting: Greeting
  /** Over TLS. */
  readonly #records: RecordWriter | undefined

  constructor(address: ServerAddress, options: ConnectionOptions, events: ConnectionEvents) {
    this.#address = address
    this.#options = options
    this.#events = events
    this.#greeting = new Greeting(address.name, options.login)
    this.#decoder = new ReplyDecoder(
      (reply) => this.#replies.take(reply),
      options.maxReplyBytes,
      this.#replies,
    )
    this.#socket = dial(address, options, {
      // Asked before each read. Anything else than bytes means: the same as before.
      buffer: () => this.#roomToRead(),
      callback: (bytes, buffer) => {
        if (buffer === this.#read) this.#receive(bytes)
        else this.#decoder.filled(bytes)
        return true
      },
    })
    if (options.tls !== undefined) {
      this.#records = new RecordWriter(this.#socket, () => this.#events.drained())
    }
  }

  /**
   * Resolves once the server has answered the greeting: what does not is a failure to connect, and
   * no command was sent to it. Rejects with `ERR_CONNECTION` or `ERR_AUTH`.
   */
  open(): Promise<void> {
    const socket = this.#socket
    socket.on('drain', () => this.#events.drained())
    socket.on('error', (cause) => this.close(this.#broken(cause)))
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#ended())
    whenTrusted(socket, () => socket.write(this.#greeting.bytes))

    const { connectTimeoutMs } = this.#options
    const timer = new PatientTimer(connectTimeoutMs, () => {
      this.close(lateError(this.#address.name, connectTimeoutMs))
    })
    return new Promise<void>((resolve, reject) => {
      this.#opening = { done: resolve, failed: reject }
    }).finally(() => timer.stop())
  }

  /** What was sent and is not answered yet. */
  get inFlight(): PendingQueue {
    return this.#inFlight
  }

  get bytesRead(): Bytes {
    return this.#socket.bytesRead
  }

  /** `false` while the kernel's buffer is full: what is written then only fills our memory. */
  get writable(): boolean {
    return this.#records?.writable ?? !this.#socket.writableNeedDrain
  }

  /**
   * Sends `first` and all that waits, in one write. A command without a deadline gets one,
   * `timeoutMs` from `now`.
   */
  write(
    first: readonly Pending[],
    waiting: PendingQueue,
    now: Milliseconds,
    timeoutMs: Milliseconds,
  ): void {
    if (this.#inFlight.length === 0) this.#awake()
    const deadline = now + timeoutMs
    const others: Uint8Array[] = []
    for (const pending of first) this.#add(pending, now, deadline, others)
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      this.#add(each, now, deadline, others)
    }
    const parts = this.#writer.take()
    if (this.#records === undefined) {
      this.#send(parts)
    } else if (parts.length > 0) {
      this.#records.write(others, parts)
    }
    if (this.#inFlight.length === 0) this.#becomeIdle()
  }

  #add(pending: Pending, now: Milliseconds, deadline: Milliseconds, others: Uint8Array[]): void {
    if (pending.cancelled) return
    // Over TLS the last command has a write of its own.
    if (this.#records !== undefined) others.push(...this.#writer.take())
    if (pending.reads !== undefined) this.#addReads(pending.reads, deadline, others)
    else this.#addCommand(pending, now, deadline)
  }

  #addReads(reads: PendingReads, deadline: Milliseconds, others: Uint8Array[]): void {
    if (reads.deadline === 0) reads.deadline = deadline
    reads.writeTo(this.#writer, this.id)
    this.#inFlight.push(reads)
    if (this.#records !== undefined) others.push(...this.#writer.takeButLast())
  }

  #addCommand(pending: Pending, now: Milliseconds, deadline: Milliseconds): void {
    const { command } = pending
    if ('key' in command) {
      if (command.compareCas !== undefined && command.compareCas.connection !== this.id) {
        pending.answer(VOID_CAS, this.id)
        return
      }
      pending.opaque = this.#options.opaques.next()
    } else {
      pending.opaque = NO_OPAQUE
    }
    if (pending.deadline === 0) {
      const { timeoutMs } = pending
      pending.deadline = timeoutMs === undefined ? deadline : now + timeoutMs
    }
    this.#writer.add(command, pending.opaque)
    if ('key' in command && !command.key.base64) {
      pending.sentIn = this.#writer.sentIn
      pending.keyAt = this.#writer.keyAt
    }
    this.#inFlight.push(pending)
  }

  #awake(): void {
    this.#socket.ref()
    // The kernel has all of it, and no command looks up its key in it: the block is free again.
    if (this.#socket.writableLength === 0) this.#writer.rewind()
  }

  #send(parts: readonly Uint8Array[]): void {
    if (parts.length > 1) this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    if (parts.length > 1) this.#socket.uncork()
  }

  /** Fails what is overdue behind a command that has more time. */
  expireOverdue(now: Milliseconds, error: CacheError): void {
    const server = this.#address.name
    this.#replies.expireOverdue(now, (pending) => lostError(pending, error, server, false))
  }

  /** Ends the socket. What is in flight fails; without `error` nothing may be in flight. */
  close(error?: CacheError): void {
    if (this.#closed) return
    this.#closed = true
    // One that is still being opened would wait for the kernel to give up.
    if (error === undefined && this.#opening === undefined) this.#socket.destroySoon()
    else this.#socket.destroy()
    const opening = this.#opening
    this.#opening = undefined
    if (opening !== undefined) {
      opening.failed(error ?? this.#error('was closed'))
      return
    }
    const lost = this.#inFlight.takeAll()
    if (error !== undefined) {
      for (const [i, pending] of lost.entries()) {
        const lost = (isOldest: boolean): CacheError =>
          lostError(pending, error, this.#address.name, isOldest)
        pending.fail(lost(i === 0), () => lost(false))
      }
    }
    this.#events.lost(error)
  }

  #roomToRead(): Uint8Array {
    this.#room = this.#decoder?.room ?? this.#read
    return this.#room
  }

  #receive(bytes: Bytes): void {
    if (this.#closed) return
    try {
      if (this.#opening === undefined) this.#decoder.push(this.#block, bytes)
      else if (this.#greeting.take(this.#read.subarray(0, bytes))) this.#opened()
    } catch (error) {
      this.close(CacheError.is(error) ? error : this.#error('sent what cannot be read', error))
    }
  }

  #opened(): void {
    const opening = this.#opening
    this.#opening = undefined
    // An idle connection does not keep the process alive; `write` takes it back.
    this.#socket.unref()
    opening?.done()
  }

  #becomeIdle(): void {
    this.#socket.unref()
    this.#events.idle()
  }

  #ended(): void {
    if (this.#opening !== undefined) this.close(unreachableError(this.#address.name, this.#socket))
    else this.close(this.#inFlight.length === 0 ? undefined : this.#error('closed the connection'))
  }

  #broken(cause: Error): CacheError {
    if (this.#opening !== undefined)
      return unreachableError(this.#address.name, this.#socket, cause)
    return this.#error(`broke the connection (${cause.message})`, cause)
  }

  #error(what: string, cause?: unknown): CacheError {
    const server = this.#address.name
    return new CacheError('ERR_CONNECTION', `The server ${server} ${what}.`, {
      applied: 'unknown',
      server,
      cause,
    })
  }
}
