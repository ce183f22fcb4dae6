import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { cutAt } from './mutation.ts'
import { record } from './record.ts'
import { type Request, RequestParser } from './request-parser.ts'

/** What the next connection is answered. */
export interface Script {
  /** After so many commands with a key. */
  readonly count: number
  /** What becomes of the real server's replies. */
  readonly change: (replies: Buffer) => Buffer
  /** Where to cut them into packets. */
  readonly cuts: readonly number[]
}

export interface Exchanged {
  readonly requests: readonly Request[]
  /** The real server's replies. */
  readonly recorded: Buffer
  /** What was sent instead. */
  readonly sent: Buffer
}

/**
 * A wrong server: it asks a real one, and answers with whatever the script makes of its replies.
 * Then it hangs up, so that nobody waits for what does not come.
 */
export class ReplayingPeer implements AsyncDisposable {
  readonly #real: number
  readonly #server: Server
  #scripts: { script: Script; done: (exchanged: Exchanged) => void }[] = []

  static async start(real: number): Promise<ReplayingPeer> {
    const peer = new ReplayingPeer(real)
    peer.#server.listen(0, '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  private constructor(real: number) {
    this.#real = real
    this.#server = createServer((socket) => void this.#converse(socket.setNoDelay(true)))
  }

  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Answers the next connection so; a connection that was not announced is closed at once. */
  answer(script: Script): Promise<Exchanged> {
    return new Promise((done) => {
      this.#scripts.push({ script, done })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #converse(socket: Socket): Promise<void> {
    socket.on('error', () => {})
    const next = this.#scripts.shift()
    if (next === undefined) {
      socket.destroy()
      return
    }
    const { script, done } = next
    const bytes: Buffer[] = []
    const requests: Request[] = []
    const parser = new RequestParser()
    let isGreeted = false
    const chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
    for await (const chunk of chunks) {
      for (const request of parser.push(chunk)) {
        if (isGreeted) requests.push(request)
        else if (request.verb === 'version') socket.write('VERSION 1.6.18\r\n')
        else if (request.verb === 'mn') isGreeted = socket.write('MN\r\n')
      }
      // The greeting comes alone, before anything else is sent.
      if (requests.length > 0) bytes.push(chunk)
      if (requests.filter(({ key }) => key !== '').length >= script.count) break
    }
    const recorded = await record(this.#real, Buffer.concat(bytes))
    const sent = script.change(recorded)
    done({ requests, recorded, sent })
    for (const piece of cutAt(sent, script.cuts)) {
      if (!socket.destroyed) socket.write(piece)
      await setImmediate()
    }
    socket.end()
  }
}
