import type { Io } from './io.ts'

/** Escape sequences of terminals: CSI, OSC and the two-byte ones (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b./g

/** What else a terminal obeys, and what turns the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * Text from elsewhere, made safe to print: a server chooses its version and its error lines, and
 * must not move the cursor, set the title or hide a row.
 */
export function printable(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, '')
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const

export type Paint = (text: string, color: keyof typeof CODES | undefined) => string

const plain: Paint = (text) => text

const colored: Paint = (text, color) =>
  color === undefined ? text : `\u001b[${CODES[color]}m${text}\u001b[0m`

/** `--no-color`, then FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal. */
export function choosePaint({ env, stdout }: Io, wanted: boolean): Paint {
  if (!wanted) return plain
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') {
    return env.FORCE_COLOR === '0' || env.FORCE_COLOR === 'false' ? plain : colored
  }
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return plain
  return stdout.isTTY === true && env.TERM !== 'dumb' ? colored : plain
}
