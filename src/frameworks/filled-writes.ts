import type { ServerResponse } from 'node:http'
import { publishError } from '../channels.ts'
import type { HoleFill, Piece } from '../http/hole-fill.ts'

/**
 * Sends a body through a {@link HoleFill}, in order: what a hole gives may take a while, and what comes
 * behind it waits. Holds no more than whoever writes gave it before it heard that it has to wait.
 */
export class FilledWrites {
  readonly #response: ServerResponse
  readonly #send: (bytes: Buffer) => boolean
  readonly #fill: HoleFill
  #sent: Promise<void> = Promise.resolve()
  #waiting = 0
  #isEnded = false
  /** All is sent: what is written from now on is none of the handler's. */
  isDone = false

  constructor(response: ServerResponse, send: (bytes: Buffer) => boolean, fill: HoleFill) {
    this.#response = response
    this.#send = send
    this.#fill = fill
  }

  /** As `write` does: `false`, since there is something to wait for, and `drain` follows. */
  write(bytes: Buffer | undefined, callback: (() => void) | undefined): boolean {
    if (!this.#isEnded && bytes !== undefined) this.#queue(this.#fill.push(bytes), callback)
    else if (callback !== undefined) process.nextTick(callback)
    return false
  }

  /** Runs `done` with the body to be stored, once all is sent. */
  end(bytes: Buffer | undefined, done: (body: Buffer) => void): void {
    if (this.#isEnded) return
    const pieces = bytes === undefined ? [] : this.#fill.push(bytes)
    this.#isEnded = true
    this.#queue([...pieces, ...this.#fill.end()], () => {
      this.isDone = true
      done(this.#fill.body())
    })
  }

  #queue(pieces: readonly Piece[], then: (() => void) | undefined): void {
    this.#waiting++
    this.#sent = this.#sent
      .then(() => this.#sendAll(pieces))
      .then(() => {
        this.#waiting--
        then?.()
        if (this.#waiting === 0 && !this.#isEnded) this.#response.emit('drain')
      })
      .catch((error: unknown) => {
        publishError({ error, operation: 'page' })
        // What was sent so far is not the page.
        this.#response.destroy()
      })
  }

  async #sendAll(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      const bytes = await piece
      if (this.#response.destroyed) return
      if (bytes.length > 0 && !this.#send(bytes)) await this.#drained()
    }
  }

  #drained(): Promise<void> {
    const response = this.#response
    return new Promise((resolve) => {
      const go = () => {
        response.off('drain', go)
        response.off('close', go)
        resolve()
      }
      response.once('drain', go)
      response.once('close', go)
    })
  }
}
