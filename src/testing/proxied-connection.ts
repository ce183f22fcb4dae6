import type { Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { systemClock } from '../clock.ts'
import type { Bytes, Milliseconds } from '../units.ts'
import { Distortion, type Odds } from './distort.ts'
import type { CutKind, Fault, ProxyCounts } from './fault.ts'
import { commandSplitter, replySplitter } from './wire.ts'

/** What a connection asks its proxy. */
export interface ProxyState extends Odds {
  counts(): ProxyCounts
  fault(): Fault
  /** Resolves when the fault changes. */
  changed(): Promise<void>
}

const PASS: Fault = { kind: 'pass' }

// These strike single replies, and draw for each; the others strike a whole connection.
const STRIKES_REPLIES: ReadonlySet<Fault['kind']> = new Set([
  'duplicate',
  'garbage',
  'half-reply',
  'swap',
])

// A throttled stream moves so often, unless that were less than a byte at a time.
const THROTTLE_STEP: Milliseconds = 20

/** One client's connection and its counterpart to the real server. */
export class ProxiedConnection {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #state: ProxyState
  readonly #commands = commandSplitter()
  readonly #replies = replySplitter()
  readonly #distortion: Distortion
  #toServer: Promise<void> = Promise.resolve()
  #toClient: Promise<void> = Promise.resolve()
  #cut = false
  /** The fault that `#spared` was drawn for. */
  #drawnFor: Fault = PASS
  #spared = false

  constructor(client: Socket, upstream: Socket, state: ProxyState) {
    this.#client = client.setNoDelay(true)
    this.#upstream = upstream.setNoDelay(true)
    this.#state = state
    this.#distortion = new Distortion(state)
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

  /** What this connection suffers: by its luck, perhaps nothing. */
  #fault(): Fault {
    const fault = this.#state.fault()
    if (STRIKES_REPLIES.has(fault.kind) || !('toxicity' in fault)) return fault
    if (fault !== this.#drawnFor) {
      this.#drawnFor = fault
      this.#spared = this.#state.random() >= (fault.toxicity ?? 1)
    }
    return this.#spared ? PASS : fault
  }

  #receive(chunk: Buffer): void {
    const counts = this.#state.counts()
    counts.reads++
    counts.bytesSent += chunk.length
    for (const { words } of this.#commands.push(chunk)) {
      const verb = words[0] ?? ''
      counts.commands.set(verb, (counts.commands.get(verb) ?? 0) + 1)
    }
    // Read no faster than it goes on: the client's own buffers must fill.
    if (this.#fault().kind === 'throttle') this.#client.pause()
    this.#toServer = this.#toServer.then(async () => {
      while (this.#fault().kind === 'hang') await this.#state.changed()
      await this.#paced(chunk, (bytes) => {
        if (!this.#upstream.destroyed) this.#upstream.write(bytes)
      })
      this.#client.resume()
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
      this.#send(this.#replies.takeRest())
      this.#client.end()
    })
  }

  async #deliver(replies: readonly Buffer[], arrived: Milliseconds): Promise<void> {
    while (this.#fault().kind === 'hang') await this.#state.changed()
    const fault = this.#fault()
    switch (fault.kind) {
      case 'latency': {
        const jitterMs = (fault.jitterMs ?? 0) * this.#state.random()
        await setTimeout(Math.max(0, arrived + fault.ms + jitterMs - systemClock.monotonic()))
        return this.#send(Buffer.concat(replies))
      }
      case 'slice':
        return this.#slice(Buffer.concat(replies), fault.bytes)
      case 'throttle':
        return this.#paced(Buffer.concat(replies), (bytes) => this.#send(bytes))
      default:
        return this.#distort(replies, fault)
    }
  }

  async #slice(bytes: Buffer, size: number | 'random'): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const step = size === 'random' ? 1 + Math.floor(this.#state.random() * 9) : size
      this.#send(bytes.subarray(at, at + step))
      at += step
      await setImmediate()
    }
  }

  /** Sends as fast as the fault allows, at each moment. */
  async #paced(bytes: Buffer, send: (bytes: Buffer) => void): Promise<void> {
    let at = 0
    for (;;) {
      const fault = this.#fault()
      if (fault.kind !== 'throttle') break
      const step: Bytes = Math.max(1, Math.floor((fault.bytesPerSecond * THROTTLE_STEP) / 1000))
      send(bytes.subarray(at, at + step))
      at += step
      if (this.#client.destroyed) return
      const pauseMs = (step / fault.bytesPerSecond) * 1000
      await Promise.race([setTimeout(pauseMs, undefined, { ref: false }), this.#state.changed()])
      if (at >= bytes.length) return
    }
    send(bytes.subarray(at))
  }

  #distort(replies: readonly Buffer[], fault: Fault): void {
    const parts: Buffer[] = []
    for (const reply of replies) {
      const { bytes, cut } = this.#distortion.apply(reply, fault)
      parts.push(bytes)
      if (cut === undefined) continue
      this.#sendAndCut(Buffer.concat(parts), cut)
      return
    }
    this.#send(Buffer.concat(parts))
  }

  #sendAndCut(bytes: Buffer, by: CutKind): void {
    if (this.#cut) return
    if (bytes.length === 0) {
      this.cut(by)
      return
    }
    this.#cut = true
    this.#state.counts().bytesReceived += bytes.length
    this.#client.write(bytes, () => this.cut(by))
  }

  #send(bytes: Buffer): void {
    if (this.#cut || bytes.length === 0 || this.#client.writableEnded) return
    this.#state.counts().bytesReceived += bytes.length
    this.#client.write(bytes)
  }
}
