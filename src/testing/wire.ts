// What the proxy knows of the protocol: where a command and a reply end. It is not the client's own
// code, so that a mistake there does not hide itself.

const LF = 0x0a

/** Cuts a stream into units: a line, with the block that the line announces. */
class Splitter {
  readonly #blockAfter: (words: readonly string[]) => number | undefined
  #rest: Buffer = Buffer.alloc(0)

  constructor(blockAfter: (words: readonly string[]) => number | undefined) {
    this.#blockAfter = blockAfter
  }

  /** The units that are whole now. What is not yet is kept. */
  push(chunk: Buffer): { readonly words: readonly string[]; readonly bytes: Buffer }[] {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const units: { words: readonly string[]; bytes: Buffer }[] = []
    for (;;) {
      const lineEnd = rest.indexOf(LF) + 1
      if (lineEnd === 0) break
      const words = rest.toString('latin1', 0, lineEnd).trimEnd().split(' ')
      const block = this.#blockAfter(words)
      const end = block === undefined ? lineEnd : lineEnd + block + 2
      if (end > rest.length) break
      units.push({ words, bytes: rest.subarray(0, end) })
      rest = rest.subarray(end)
    }
    this.#rest = Buffer.from(rest)
    return units
  }
}

/** Of the stream that a server sends. */
export function replySplitter(): Splitter {
  return new Splitter((words) => (words[0] === 'VA' ? Number(words[1]) : undefined))
}

const CLASSIC_STORES = new Set(['set', 'add', 'replace', 'append', 'prepend', 'cas'])

/** Of the stream that a client sends. */
export function commandSplitter(): Splitter {
  return new Splitter((words) => {
    if (words[0] === 'ms') return Number(words[2])
    return CLASSIC_STORES.has(words[0] ?? '') ? Number(words[4]) : undefined
  })
}
