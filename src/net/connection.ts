import type { LookupFunction, Socket } from 'node:net'
import { CacheError, shown } from '../errors.ts'
import { ReplyDecoder } from '../protocol/decode.ts'
import { RequestWriter } from '../protocol/encode.ts'
import { type Reply, VOID_CAS } from '../protocol/reply.ts'
import type { Bytes, Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { dial } from './dial.ts'
import { lostError } from './lost.ts'
import { matchReply } from './matching.ts'
import { PatientTimer } from './patient-timer.ts'
import { type Pending, PendingQueue } from './pending.ts'

export interface ConnectionOptions {
  readonly connectTimeoutMs: Milliseconds
  /** The longest value that is taken from the server. */
  readonly maxReplyBytes: Bytes
  readonly lookup: LookupFunction | undefined
}

export interface ConnectionEvents {
  /** An open connection is gone. `undefined`: the server said goodbye and nothing was lost. */
  lost(error: CacheError | undefined): void
  /** The socket takes more bytes again. */
  drained(): void
  /** Every command has its answer. */
  idle(): void
}

const OPAQUES = 2 ** 31

let lastId = 0

/** One socket to one server, from its opening to its end: many commands in flight, in order. */
export class Connection {
  /** Counts up through the process: no two connections share one, whatever their server. */
  readonly id: number = ++lastId
  readonly #address: ServerAddress
  readonly #events: ConnectionEvents
  readonly #options: ConnectionOptions
  readonly #inFlight = new PendingQueue()
  readonly #writer = new RequestWriter()
  readonly #socket: Socket
  #opaque = 0
  #closed = false
  /** Settles `open`; `undefined` once open. */
  #opening: { done(): void; failed(error: CacheError): void } | undefined

  constructor(address: ServerAddress, options: ConnectionOptions, events: ConnectionEvents) {
    this.#address = address
    this.#options = options
    this.#events = events
    this.#socket = dial(address, options.lookup)
  }

  /**
   * Resolves once the server has answered a first `mn`, so that a listener which only accepts, a
   * full server ("Too many open connections") or another protocol is a failure to connect, and no
   * command was sent to it. Rejects with `ERR_CONNECTION`.
   */
  open(): Promise<void> {
    const decoder = new ReplyDecoder((reply) => this.#take(reply), this.#options.maxReplyBytes)
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => this.#receive(decoder, chunk))
    socket.on('drain', () => this.#events.drained())
    socket.on('error', (cause) => this.close(this.#broken(cause)))
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#ended())
    socket.write('mn\r\n')

    const { connectTimeoutMs } = this.#options
    const timer = new PatientTimer(connectTimeoutMs, () => {
      this.close(this.#error(`was not ready within ${connectTimeoutMs} ms`))
    })
    return new Promise<void>((resolve, reject) => {
      this.#opening = { done: resolve, failed: reject }
    }).finally(() => timer.stop())
  }

  /** The command that has waited longest for its answer. */
  get oldest(): Pending | undefined {
    return this.#inFlight.oldest
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  /** Of values whose command is not answered yet. */
  get inFlightBytes(): Bytes {
    return this.#inFlight.bytes
  }

  get bytesRead(): Bytes {
    return this.#socket.bytesRead
  }

  /** `false` while the kernel's buffer is full: what is written then only fills our memory. */
  get writable(): boolean {
    return !this.#socket.writableNeedDrain
  }

  /** Sends the batch in one write. */
  write(batch: readonly Pending[]): void {
    if (this.#inFlight.length === 0) this.#socket.ref()
    for (const pending of batch) {
      const { command } = pending
      if ('key' in command) {
        if (command.compareCas !== undefined && command.compareCas.connection !== this.id) {
          pending.answer(VOID_CAS, this.id)
          continue
        }
        this.#opaque = (this.#opaque + 1) % OPAQUES
        pending.tag = `O${this.#opaque}`
      }
      this.#writer.add(command, pending.tag)
      this.#inFlight.push(pending)
    }
    const parts = this.#writer.take()
    if (parts.length > 1) this.#socket.cork()
    for (const part of parts) {
      if (typeof part === 'string') this.#socket.write(part, 'latin1')
      else this.#socket.write(part)
    }
    if (parts.length > 1) this.#socket.uncork()
    if (this.#inFlight.length === 0) this.#becomeIdle()
  }

  /** Ends the socket. What is in flight fails; without `error` nothing may be in flight. */
  close(error?: CacheError): void {
    if (this.#closed) return
    this.#closed = true
    if (error === undefined) this.#socket.destroySoon()
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
        pending.fail(lostError(pending, error, this.#address.name, i === 0))
      }
    }
    this.#events.lost(error)
  }

  #receive(decoder: ReplyDecoder, chunk: Buffer): void {
    if (this.#closed) return
    try {
      decoder.push(chunk)
    } catch (error) {
      this.close(CacheError.is(error) ? error : this.#error('sent what cannot be read', error))
    }
  }

  #take(reply: Reply): void {
    if (this.#opening !== undefined) {
      this.#greet(reply)
      return
    }
    const pending = this.#inFlight.oldest
    if (pending === undefined) {
      throw new CacheError('ERR_PROTOCOL', 'The server sent a reply that nobody asked for.', {
        applied: 'unknown',
      })
    }
    const answer = matchReply(pending, reply)
    if (answer === undefined) return
    this.#inFlight.shift()
    pending.answer(answer, this.id)
    if (this.#inFlight.length === 0) this.#becomeIdle()
  }

  #greet(reply: Reply): void {
    if (reply.kind !== 'noop') {
      const said = reply.kind === 'error' ? `${reply.word} ${reply.text}` : reply.kind
      this.close(this.#error(`greeted with ${shown(said)}`))
      return
    }
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
    const lossless = this.#opening === undefined && this.#inFlight.length === 0
    this.close(lossless ? undefined : this.#error('closed the connection'))
  }

  /** Says the system's reason too: where no server runs, its `ECONNREFUSED` is all there is to see. */
  #broken(cause: Error): CacheError {
    const what = this.#opening === undefined ? 'broke the connection' : 'cannot be reached'
    // Of a name with several addresses Node gives an `AggregateError` with a code and no message.
    const reason = cause.message || (cause as NodeJS.ErrnoException).code
    return this.#error(reason === undefined ? what : `${what} (${reason})`, cause)
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
