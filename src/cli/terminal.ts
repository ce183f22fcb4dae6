import type { Io } from './io.ts'

/** Escape sequences of terminals: CSI, OSC and the two-byte ones (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b./g

/** What else a terminal obeys, and what turns the direction of text. */
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g

/**
 * Text from elsewhere, made safe to print: a server chooses its version and its error lines, and
 * must not move the cursor, set the title or hide a row.
 */
export function printable(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, '')
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A key or a value, made safe to print with nothing lost: what {@link printable} drops stands there
 * as an escape, and so does a backslash, so that no two keys look alike.
 */
export function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(CONTROLS, (one) => SHORT[one] ?? unicode(one))
}

/** As {@link escaped}, its lines kept, and backslashes as they are: for text to be read. */
export function escapedLines(text: string): string {
  return text.replace(CONTROLS, (one) => (one === '\n' || one === '\t' ? one : unicode(one)))
}

/**
 * JSON that is safe to print. `JSON.stringify` leaves DEL, C1 and the marks that turn the direction
 * of text as they are, and 0x9b alone begins a command of many terminals.
 */
export function formatJson(value: unknown, indent?: number): string {
  // Line feeds are the indentation: those of a string are escaped already.
  return JSON.stringify(value, null, indent).replace(CONTROLS, (one) =>
    one === '\n' ? one : unicode(one),
  )
}

function unicode(one: string): string {
  return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36, inverse: 7 } as const

export type Paint = (text: string, color: keyof typeof CODES | undefined) => string

const plain: Paint = (text) => text

const colored: Paint = (text, color) =>
  color === undefined ? text : `\u001b[${CODES[color]}m${text}\u001b[0m`

/** `--no-color`, then FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal. */
export function choosePaint({ env, stdout }: Pick<Io, 'env' | 'stdout'>, wanted: boolean): Paint {
  if (!wanted) return plain
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') {
    return env.FORCE_COLOR === '0' || env.FORCE_COLOR === 'false' ? plain : colored
  }
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return plain
  return stdout.isTTY === true && env.TERM !== 'dumb' ? colored : plain
}
