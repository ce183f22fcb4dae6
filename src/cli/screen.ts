import type { Io } from './io.ts'

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const TO_LINE_END = '\u001b[K'
const TO_SCREEN_END = '\u001b[J'

/**
 * The whole terminal, until it is disposed: a screen beside the one that was there, no cursor, and
 * keys as they are pressed. It is given back on errors and on `process.exit` as well.
 */
export class Screen implements Disposable {
  readonly #io: Io
  readonly #onKey: (key: string) => void
  readonly #onResize: () => void
  #isOpen = true

  constructor(io: Io, on: { readonly key: (key: string) => void; readonly resize: () => void }) {
    this.#io = io
    this.#onKey = on.key
    this.#onResize = on.resize
    process.once('exit', this.#restore)
    io.stdin.setRawMode?.(true)
    io.stdin.on('data', this.#read)
    io.stdin.resume()
    io.stdout.on?.('resize', this.#onResize)
    io.stdout.write(ENTER)
  }

  get size(): { readonly columns: number; readonly rows: number } {
    // A terminal that does not tell is 0 wide.
    return { columns: this.#io.stdout.columns || 80, rows: this.#io.stdout.rows || 24 }
  }

  /** Over what was there, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    const text = lines.map((line) => `${line}${TO_LINE_END}`).join('\r\n')
    this.#io.stdout.write(`${HOME}${text}${TO_SCREEN_END}`)
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#restore)
    this.#restore()
  }

  readonly #read = (chunk: string | Uint8Array): void => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
    // Keys that were pressed fast come together; an arrow is one key of three characters.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: so do arrows begin.
    for (const [key] of text.matchAll(/\u001b\[[0-9;]*[A-Za-z~]|[\s\S]/g)) this.#onKey(key)
  }

  readonly #restore = (): void => {
    if (!this.#isOpen) return
    this.#isOpen = false
    const { stdin, stdout } = this.#io
    stdin.off('data', this.#read)
    stdin.setRawMode?.(false)
    stdin.pause()
    stdout.off?.('resize', this.#onResize)
    stdout.write(LEAVE)
  }
}
