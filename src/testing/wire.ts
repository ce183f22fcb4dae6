// What the proxy knows of the protocols: where a command and a reply end. It is not the client's own
// code, so that a mistake there does not hide itself.

const LF = 0x0a
// Of the binary protocol, which other clients speak: the first byte of a request and of a reply.
const BINARY_MAGIC = new Set([0x80, 0x81])
const BINARY_HEADER = 24
const END_LINE = /^END\r?\n$/

/** A command or a reply. */
export interface Unit {
  readonly words: readonly string[]
  readonly bytes: Buffer
}

/** Cuts a stream into units: a line with the block that it announces, or a binary frame. */
export class Splitter {
  readonly #blockAfter: (words: readonly string[]) => number | undefined
  #rest: Buffer = Buffer.alloc(0)

  constructor(blockAfter: (words: readonly string[]) => number | undefined) {
    this.#blockAfter = blockAfter
  }

  /** The units that are whole now. What is not yet is kept. */
  push(chunk: Buffer): Unit[] {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const units: Unit[] = []
    for (;;) {
      const unit = BINARY_MAGIC.has(rest[0] ?? LF) ? binaryFrame(rest) : this.#textUnit(rest)
      if (unit === undefined) break
      units.push(unit)
      rest = rest.subarray(unit.bytes.length)
    }
    this.#rest = Buffer.from(rest)
    return units
  }

  /** What came of a unit that will not be whole any more. */
  takeRest(): Buffer {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    return rest
  }

  #textUnit(bytes: Buffer): Unit | undefined {
    const first = this.#line(bytes)
    if (first === undefined) return undefined
    let end = first.bytes.length
    // A classic `get` is answered by any number of `VALUE` blocks and `END`.
    while (first.words[0] === 'VALUE') {
      const next = this.#line(bytes.subarray(end))
      if (next === undefined) return undefined
      end += next.bytes.length
      if (END_LINE.test(next.bytes.toString('latin1', 0, 6))) break
    }
    return { words: first.words, bytes: bytes.subarray(0, end) }
  }

  #line(bytes: Buffer): Unit | undefined {
    const lineEnd = bytes.indexOf(LF) + 1
    if (lineEnd === 0) return undefined
    const words = bytes.toString('latin1', 0, lineEnd).trimEnd().split(' ')
    const block = this.#blockAfter(words)
    const end = block === undefined ? lineEnd : lineEnd + block + 2
    return end > bytes.length ? undefined : { words, bytes: bytes.subarray(0, end) }
  }
}

/** Of the stream that a server sends. */
export function replySplitter(): Splitter {
  return new Splitter((words) => {
    if (words[0] === 'VA') return Number(words[1])
    return words[0] === 'VALUE' ? Number(words[3]) : undefined
  })
}

const CLASSIC_STORES = new Set(['set', 'add', 'replace', 'append', 'prepend', 'cas'])

/** Of the stream that a client sends. */
export function commandSplitter(): Splitter {
  return new Splitter((words) => {
    if (words[0] === 'ms') return Number(words[2])
    return CLASSIC_STORES.has(words[0] ?? '') ? Number(words[4]) : undefined
  })
}

function binaryFrame(bytes: Buffer): Unit | undefined {
  if (bytes.length < BINARY_HEADER) return undefined
  const end = BINARY_HEADER + bytes.readUInt32BE(8)
  if (end > bytes.length) return undefined
  const opcode = bytes.toString('hex', 1, 2)
  return { words: [`0x${opcode}`], bytes: bytes.subarray(0, end) }
}
