import type { Bytes } from '../units.ts'
import { malformed } from './reply.ts'

// A watcher's lines are made in a buffer of 4 KiB (memcached logger.c, `LOGGER_PARSE_SCRATCH`); a
// listing's are under 1 KiB.
const MAX_LINE: Bytes = 8192

/**
 * Cuts received bytes into lines, however the network cut them: what a listing and a watcher send.
 * They have no values, and most of their lines end in a bare line feed, some in CRLF.
 */
export class LineSplitter {
  /** The start of a line whose end has not come yet. */
  #start = ''

  /**
   * Returns the lines that `chunk` ends, latin1, without their ends. Throws `ERR_PROTOCOL` at one
   * without an end.
   */
  push(chunk: Buffer): string[] {
    const lines = (this.#start + chunk.toString('latin1')).split('\n')
    this.#start = lines.pop() ?? ''
    if (this.#start.length > MAX_LINE) malformed('an endless line')
    return lines.map((line) => {
      if (line.length > MAX_LINE) malformed('an endless line')
      return line.endsWith('\r') ? line.slice(0, -1) : line
    })
  }
}
