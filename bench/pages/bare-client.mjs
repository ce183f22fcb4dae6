import { connect } from 'node:net'

/**
 * What a Memcached client cannot spend less than: one connection, the commands of a turn of the event
 * loop in one write, replies in order, and no copy of a value that came in one piece.
 */
export class BareClient {
  #socket
  #waiting = []
  #commands = ''
  #head = ''
  #value
  #at = 0

  constructor(server) {
    const [host, port] = server.split(':')
    this.#socket = connect({ host, port: Number(port), noDelay: true })
    this.#socket.on('data', (chunk) => this.#read(chunk))
  }

  set(key, value, done) {
    this.#send(`ms ${key} ${value.length} T3600\r\n${value}\r\n`, done)
  }

  get(key, done) {
    this.#send(`mg ${key} v\r\n`, done)
  }

  #send(command, done) {
    this.#waiting.push(done)
    if (this.#commands === '') setImmediate(() => this.#flush())
    this.#commands += command
  }

  #flush() {
    this.#socket.write(this.#commands, 'latin1')
    this.#commands = ''
  }

  #read(chunk) {
    let at = 0
    while (at < chunk.length) at = this.#value ? this.#more(chunk, at) : this.#open(chunk, at)
  }

  #open(chunk, at) {
    const end = chunk.indexOf(10, at)
    if (end === -1) {
      this.#head += chunk.latin1Slice(at)
      return chunk.length
    }
    const line = this.#head + chunk.latin1Slice(at, end - 1)
    this.#head = ''
    const [kind, bytes] = line.split(' ')
    if (kind === 'HD') this.#answer(undefined)
    else if (kind !== 'VA') throw new Error(`Unexpected reply: ${line}`)
    else return this.#begin(chunk, end + 1, Number(bytes))
    return end + 1
  }

  #begin(chunk, at, bytes) {
    if (chunk.length >= at + bytes + 2) {
      this.#answer(chunk.subarray(at, at + bytes))
      return at + bytes + 2
    }
    this.#value = Buffer.allocUnsafe(bytes + 2)
    this.#at = 0
    return at
  }

  #more(chunk, at) {
    const copied = chunk.copy(this.#value, this.#at, at)
    this.#at += copied
    if (this.#at === this.#value.length) {
      const value = this.#value.subarray(0, -2)
      this.#value = undefined
      this.#answer(value)
    }
    return at + copied
  }

  #answer(value) {
    this.#waiting.shift()(value)
  }
}
