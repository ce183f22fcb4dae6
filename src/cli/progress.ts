import type { Io } from './io.ts'

const WIDTH = 30
const TO_LINE_END = '\u001b[K'

/** A bar on the standard error, where that is a terminal; else nothing. */
export class Progress {
  readonly #write: ((text: string) => void) | undefined
  #shown = ''

  constructor({ stderr, env }: Pick<Io, 'stderr' | 'env'>) {
    const isScreen = stderr.isTTY === true && env.TERM !== 'dumb'
    this.#write = isScreen ? (text) => void stderr.write(text) : undefined
  }

  /** `rest` is printable. */
  show(done: number, all: number, rest: string): void {
    if (this.#write === undefined) return
    const share = all === 0 ? 1 : done / all
    const full = Math.round(share * WIDTH)
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full)
    const text = `${bar} ${Math.floor(share * 100)} %  ${done}/${all}  ${rest}`
    if (text === this.#shown) return
    this.#shown = text
    this.#write(`\r${text}${TO_LINE_END}`)
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#shown !== '') this.#write?.(`\r${TO_LINE_END}`)
    this.#shown = ''
  }
}
