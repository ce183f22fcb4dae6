import type { Bytes } from '../units.ts'
import type { Command } from './command.ts'

// Up to here a value joins the text of the batch, which leaves as one string in one `write`.
// Above, it leaves as its own part of a `writev`, uncopied (`bench/client.bench.mjs`).
const JOINED_VALUE: Bytes = 1024

/**
 * Gathers commands, so that those of one tick leave in one write. The only place that builds a
 * command line: its words are checked tokens ({@link Command}), one byte per character.
 *
 * Lines gather as one string and become bytes once per batch: V8 joins strings for less than a
 * call into C++ per command. Latin1 is right for all of it: it maps 0-255 to itself.
 */
export class RequestWriter {
  #text = ''
  #parts: (string | Uint8Array)[] = []

  /** Adds a command. `tag` is its opaque with the `O`; text commands have none. */
  add(command: Command, tag: string): void {
    if (!('key' in command)) {
      this.#text += `${command.line}\r\n`
      return
    }
    const { verb, key, flags, value, compareCas } = command
    const size = value === undefined ? '' : ` ${value.length}`
    const cas = compareCas === undefined ? '' : ` C${compareCas.value}`
    this.#text += `${verb} ${key.token}${size}${key.base64 ? ' b' : ''}${flags}${cas} ${tag} k\r\n`
    if (value !== undefined) this.#addValue(value)
  }

  /** Hands over the batch, in order, latin1 strings between bytes, and starts a new one. */
  take(): readonly (string | Uint8Array)[] {
    if (this.#text !== '') this.#parts.push(this.#text)
    const parts = this.#parts
    this.#text = ''
    this.#parts = []
    return parts
  }

  #addValue(value: Uint8Array): void {
    if (value.length <= JOINED_VALUE) {
      this.#text += `${latin1(value)}\r\n`
      return
    }
    this.#parts.push(this.#text, value)
    this.#text = '\r\n'
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
