import { connect } from 'node:net'

// One for all: a chunk is looked at and let go before the next one is read.
const BUFFER = Buffer.allocUnsafeSlow(131_072)

/**
 * A connection that asks for the same page over and over, one request at a time. It reads of each
 * answer its status and its length, in one piece or in chunks, and skips the body.
 */
export class Connection {
  answered = 0
  #socket
  #request
  #bytes
  /** What is left of the body or of a chunk with its end of line. */
  #missing = 0
  /** Of a line or a head that came in pieces, what is there. */
  #text = ''
  /** `undefined`: no chunks; else how much of the body was in them so far. */
  #chunked
  #isStopping = false
  #stopped
  #settle

  constructor({ port, request, bytes }) {
    this.#request = request
    this.#bytes = bytes
    this.#stopped = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.#stopped.catch(() => undefined)
    const callback = (length) => {
      this.#read(length)
      return true
    }
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: BUFFER, callback },
    })
    this.#socket.on('connect', () => this.#socket.write(request))
    this.#socket.on('error', (error) => this.#settle.reject(error))
    this.#socket.on('close', () => this.#settle.reject(new Error('The server hung up.')))
  }

  /** Ends after the answer that is under way; rejects where anything went wrong since it began. */
  stop() {
    this.#isStopping = true
    return this.#stopped
  }

  #read(length) {
    try {
      let at = 0
      while (at < length) at = this.#take(at, length)
    } catch (error) {
      this.#settle.reject(error)
      this.#socket.destroy()
    }
  }

  #take(at, length) {
    if (this.#missing > 0) return this.#skip(at, length)
    const end = this.#chunked === undefined ? '\r\n\r\n' : '\r\n'
    const found = BUFFER.indexOf(end, at, 'latin1')
    if (found !== -1 && found + end.length <= length) {
      this.#begin(this.#text + BUFFER.latin1Slice(at, found))
      return found + end.length
    }
    this.#text += BUFFER.latin1Slice(at, length)
    const split = this.#text.indexOf(end)
    if (split === -1) return length
    const rest = this.#text.length - split - end.length
    this.#begin(this.#text.slice(0, split))
    return length - rest
  }

  #begin(text) {
    this.#text = ''
    if (this.#chunked === undefined) this.#beginBody(text)
    else this.#beginChunk(Number.parseInt(text, 16))
  }

  #beginBody(head) {
    if (!head.startsWith('HTTP/1.1 200')) throw new Error(`Expected a 200, got: ${head}`)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length !== undefined) {
      this.#expect(Number(length))
      this.#missing = Number(length)
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#chunked = 0
    else throw new Error(`Expected a length, got: ${head}`)
  }

  #beginChunk(size) {
    this.#chunked += size
    this.#missing = size + 2
    if (size > 0) return
    this.#expect(this.#chunked)
    this.#chunked = undefined
  }

  #expect(bytes) {
    if (bytes !== this.#bytes) throw new Error(`Expected ${this.#bytes} bytes, got ${bytes}.`)
  }

  #skip(at, length) {
    const taken = Math.min(this.#missing, length - at)
    this.#missing -= taken
    if (this.#missing === 0 && this.#chunked === undefined) this.#next()
    return at + taken
  }

  #next() {
    this.answered++
    if (!this.#isStopping) {
      this.#socket.write(this.#request)
      return
    }
    this.#settle.resolve()
    this.#socket.destroy()
  }
}
