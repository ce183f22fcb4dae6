import type { Socket } from 'node:net'
import type { Bytes } from '../units.ts'

// The most that one TLS record carries (RFC 8446 section 5.1), and what memcached reads at once.
const RECORD: Bytes = 16_384

/**
 * Writes batches over TLS so that no server falls asleep over one. Memcached before 1.6.39 may read
 * a record in part, and then waits for the network to bring more, although the rest lies in its TLS
 * library (1.6.18: 100 `ms` in separate writes and 1000 in one were never answered to their end).
 *
 * What wakes it is a further record. So a batch that needs more than one record ends in a write of
 * its own: the last command, which the server has no reason to read in part. Writes are never
 * joined, which is why the next batch waits for the last one to be taken.
 */
export class RecordWriter {
  readonly #socket: Socket
  readonly #drained: () => void
  #writing = false

  /** `drained` is called when the next batch may be written. */
  constructor(socket: Socket, drained: () => void) {
    this.#socket = socket
    this.#drained = drained
  }

  get writable(): boolean {
    return !this.#writing
  }

  /** `last` is the batch's last command, `others` are those in front of it. */
  write(others: readonly Uint8Array[], last: readonly Uint8Array[]): void {
    const done = (error?: Error | null): void => {
      this.#writing = false
      if (error === undefined || error === null) this.#drained()
    }
    this.#writing = true
    const head = Buffer.concat(others)
    const tail = Buffer.concat(last)
    if (head.length + tail.length <= RECORD) {
      this.#socket.write(Buffer.concat([head, tail]), done)
      return
    }
    if (head.length > 0) this.#socket.write(head)
    this.#socket.write(tail, done)
  }
}
