/** A command as the server would read it. */
export interface Request {
  readonly verb: string
  /** As it stands in the line; '' where the command has none. */
  readonly key: string
  /** By letter, without it. */
  readonly flags: ReadonlyMap<string, string>
  /** Everything behind the verb. */
  readonly words: readonly string[]
  readonly value: Buffer | undefined
}

const LINE = /^[a-z_]+(?: [\x21-\x7e]+)*$/
const KEYED = new Set(['mg', 'ms', 'md', 'ma', 'me'])
const KEY = /^[\x21-\x7e]{1,250}$/
const LF = 0x0a

/**
 * Reads what a client sends, by the letter of memcached's doc/protocol.txt and with none of the
 * client's own code, and throws at what a server would take for anything else than one command: so
 * that what it gives is what a server runs.
 */
export class RequestParser {
  #rest: Buffer = Buffer.alloc(0)

  /** The commands that are whole now. */
  push(chunk: Buffer): Request[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const requests: Request[] = []
    for (let request = this.#next(); request !== undefined; request = this.#next()) {
      requests.push(request)
    }
    return requests
  }

  /** Bytes of a command that is not whole. */
  get rest(): number {
    return this.#rest.length
  }

  #next(): Request | undefined {
    const end = this.#rest.indexOf(LF)
    if (end === -1) return undefined
    const line = this.#rest.toString('latin1', 0, end + 1)
    if (!line.endsWith('\r\n') || !LINE.test(line.slice(0, -2))) refuse('a line', line)
    const [verb = '', ...words] = line.slice(0, -2).split(' ')
    const size = verb === 'ms' ? sizeOf(words[1], line) : undefined
    const value = size === undefined ? undefined : this.#block(end + 1, size)
    if (value === 'not whole') return undefined
    this.#rest = this.#rest.subarray(end + 1 + (size === undefined ? 0 : size + 2))
    return { verb, words, value, ...keyAndFlags(verb, words, line) }
  }

  #block(start: number, size: number): Buffer | 'not whole' {
    const end = start + size
    if (this.#rest.length < end + 2) return 'not whole'
    if (this.#rest.toString('latin1', end, end + 2) !== '\r\n') refuse('a value of another length')
    return Buffer.from(this.#rest.subarray(start, end))
  }
}

function keyAndFlags(
  verb: string,
  words: readonly string[],
  line: string,
): Pick<Request, 'key' | 'flags'> {
  if (!KEYED.has(verb)) return { key: '', flags: new Map() }
  const key = words[0] ?? ''
  if (!KEY.test(key)) refuse('a key', line)
  const list = words.slice(verb === 'ms' ? 2 : 1)
  const flags = new Map(list.map((word) => [word.charAt(0), word.slice(1)]))
  if (flags.size !== list.length) refuse('a flag twice', line)
  return { key, flags }
}

function sizeOf(word: string | undefined, line: string): number {
  return /^\d{1,9}$/.test(word ?? '') ? Number(word) : refuse('a size', line)
}

function refuse(what: string, line = ''): never {
  throw new Error(`A server would misread ${what}: ${JSON.stringify(line)}`)
}

/** The bytes under which the server keeps the item that `request` is about. */
export function storedKey({ key, flags }: Request): string {
  return flags.has('b') ? Buffer.from(key, 'base64').toString('latin1') : key
}
