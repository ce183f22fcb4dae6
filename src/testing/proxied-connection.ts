import type { Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { systemClock } from '../clock.ts'
import type { CutKind, Fault, ProxyCounts } from './fault.ts'
import { commandSplitter, replySplitter } from './wire.ts'

/** What a connection asks its proxy. */
export interface ProxyState {
  readonly random: () => number
  counts(): ProxyCounts
  fault(): Fault
  /** Resolves when the fault changes. */
  changed(): Promise<void>
  /** Whether a fault that strikes a number of times strikes now. Counts it. */
  spend(): boolean
}

/** One client's connection and its counterpart to the real server. */
export class ProxiedConnection {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #state: ProxyState
  readonly #commands = commandSplitter()
  readonly #replies = replySplitter()
  #toServer: Promise<void> = Promise.resolve()
  #toClient: Promise<void> = Promise.resolve()
  #cut = false
  #held: Buffer | undefined

  constructor(client: Socket, upstream: Socket, state: ProxyState) {
    this.#client = client.setNoDelay(true)
    this.#upstream = upstream.setNoDelay(true)
    this.#state = state
    client.on('data', (chunk) => this.#receive(chunk))
    upstream.on('data', (chunk) => this.#answer(chunk))
    // Resets are what this proxy is for. Both ends go together, whichever goes first.
    client.on('error', () => {}).on('close', () => upstream.destroy())
    upstream.on('error', () => {}).on('close', () => this.#sendEnd())
  }

  cut(kind: CutKind): void {
    this.#cut = true
    if (kind === 'rst') this.#client.resetAndDestroy()
    else this.#client.end()
    this.#upstream.destroy()
  }

  #receive(chunk: Buffer): void {
    const counts = this.#state.counts()
    counts.reads++
    counts.bytesSent += chunk.length
    for (const { words } of this.#commands.push(chunk)) {
      const verb = words[0] ?? ''
      counts.commands.set(verb, (counts.commands.get(verb) ?? 0) + 1)
    }
    this.#toServer = this.#toServer.then(async () => {
      while (this.#state.fault().kind === 'hang') await this.#state.changed()
      if (!this.#upstream.destroyed) this.#upstream.write(chunk)
    })
  }

  #answer(chunk: Buffer): void {
    const replies = this.#replies.push(chunk).map(({ bytes }) => bytes)
    if (replies.length === 0) return
    const arrived = systemClock.monotonic()
    this.#toClient = this.#toClient.then(() => this.#deliver(replies, arrived))
  }

  #sendEnd(): void {
    this.#toClient = this.#toClient.then(() => {
      this.#client.end()
    })
  }

  async #deliver(replies: readonly Buffer[], arrived: number): Promise<void> {
    const fault = this.#state.fault()
    if (fault.kind === 'hang') {
      await this.#state.changed()
      return this.#deliver(replies, arrived)
    }
    if (fault.kind === 'latency') {
      await setTimeout(Math.max(0, arrived + fault.ms - systemClock.monotonic()))
    }
    if (fault.kind === 'slice') return this.#slice(Buffer.concat(replies), fault.bytes)
    if (fault.kind === 'pass' || fault.kind === 'latency') this.#send(Buffer.concat(replies))
    else for (const reply of replies) this.#distort(reply, fault)
  }

  async #slice(bytes: Buffer, size: number | 'random'): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const step = size === 'random' ? 1 + Math.floor(this.#state.random() * 9) : size
      this.#send(bytes.subarray(at, at + step))
      at += step
      await setImmediate()
    }
  }

  #distort(reply: Buffer, fault: Fault): void {
    if (this.#cut) return
    const strikes = this.#state.spend()
    if (fault.kind === 'cut-after') {
      if (strikes) this.#send(reply)
      else this.cut(fault.by)
    } else if (!strikes) {
      this.#send(reply)
    } else if (fault.kind === 'half-reply') {
      this.#cut = true
      this.#client.write(reply.subarray(0, reply.length >> 1), () => this.cut(fault.by))
    } else if (fault.kind === 'garbage') {
      this.#send(fault.bytes === undefined ? this.#garbage() : Buffer.from(fault.bytes, 'latin1'))
    } else if (fault.kind === 'duplicate') {
      this.#send(Buffer.concat([reply, reply]))
    } else if (fault.kind === 'swap') {
      this.#swap(reply)
    }
  }

  #swap(reply: Buffer): void {
    if (this.#held === undefined) {
      this.#held = reply
      return
    }
    this.#send(Buffer.concat([reply, this.#held]))
    this.#held = undefined
  }

  #garbage(): Buffer {
    return Buffer.from(Array.from({ length: 40 }, () => Math.floor(this.#state.random() * 256)))
  }

  #send(bytes: Buffer): void {
    if (this.#cut || this.#client.writableEnded) return
    this.#state.counts().bytesReceived += bytes.length
    this.#client.write(bytes)
  }
}
