import { type CAC, cac } from 'cac'
import type { Command, Given, OptionSpec } from './command.ts'
import { Options } from './options.ts'
import { hint, UsageError } from './usage.ts'

/** What the command line asks for. */
export type Invocation =
  /** `of` no command: of the program. Not `asked`: nothing was written. */
  | { readonly kind: 'help'; readonly of: Command | undefined; readonly asked: boolean }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly command: Command; readonly given: Given }

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '-h, --help', help: 'Shows this, or the help of a command' },
  { flags: '-v, --version', help: 'Shows the version' },
]

// The parser makes numbers of what looks like one, and `007` is a key.
const MARK = '\u0001'

/** `args` are those after the program's name. @throws {@link UsageError}. */
export function parseArguments(args: readonly string[], commands: readonly Command[]): Invocation {
  const parser = makeParser(commands)
  const { args: words, options } = parser.parse(['', '', ...args.map(marked)], { run: false })
  const command = commands.find(({ name }) => name === parser.matchedCommandName)
  if (options.help === true) return { kind: 'help', of: command, asked: true }
  if (options.version === true) return { kind: 'version' }
  checkKnown(parser, options, args)
  const values = Object.fromEntries(
    Object.entries(options)
      .filter(([name, value]) => value !== true || isWritten(parser, name, args))
      .map(([name, value]) => [name, unmarked(value)]),
  )
  const all = [...words, ...listOf(options['--'])].map(unmarked).map(String)
  if (command === undefined) {
    const [word] = all
    if (word === undefined) return { kind: 'help', of: undefined, asked: false }
    const near = commands.map(({ name }) => name)
    throw new UsageError(`There is no command ${word}.${hint(word, near)}`)
  }
  checkWords(command, all)
  return { kind: 'run', command, given: { words: all, options: new Options(values) } }
}

function makeParser(commands: readonly Command[]): CAC {
  const parser = cac('reprise')
  for (const { flags } of GLOBAL_OPTIONS) parser.option(flags, '')
  for (const { name, options } of commands) {
    const command = parser.command(name, '')
    for (const { flags } of options) command.option(flags, '')
  }
  return parser
}

function marked(arg: string): string {
  // Which it would take for an option.
  if (arg === '-') return `${MARK}-`
  const at = arg.startsWith('-') ? arg.indexOf('=') + 1 : 0
  if (arg.startsWith('-') && at === 0) return arg
  const value = arg.slice(at)
  const isRead = value === 'true' || value === 'false' || Number.isFinite(Number(value))
  return isRead ? `${arg.slice(0, at)}${MARK}${value}` : arg
}

function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked)
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(1) : value
}

/** The parser takes what `--no-name` would switch off for given. */
function isWritten(parser: CAC, name: string, args: readonly string[]): boolean {
  const known = parser.matchedCommand?.options ?? []
  if (!known.some((option) => option.negated && option.name === name)) return true
  const names = known.filter((option) => !option.negated && option.name === name)
  const forms = names
    .flatMap((option) => option.names)
    .map((form) => (form.length === 1 ? `-${form}` : `--${form}`))
  return args.some((arg) => forms.includes(arg))
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function checkWords({ name, words, fewestWords, mostWords }: Command, given: readonly string[]) {
  if (given.length < fewestWords) throw new UsageError(`${name} needs ${words}.`)
  if (given.length <= mostWords) return
  if (mostWords === 0) {
    throw new UsageError(`${name} takes no arguments, but it was given ${given.join(' ')}.`)
  }
  throw new UsageError(`${name} takes ${words}, but it was given ${given.join(' ')}.`)
}

function checkKnown(
  parser: CAC,
  options: Readonly<Record<string, unknown>>,
  args: readonly string[],
): void {
  const known = [...parser.globalCommand.options, ...(parser.matchedCommand?.options ?? [])]
  const names = new Set(known.flatMap((option) => option.names))
  for (const name of Object.keys(options)) {
    if (name === '--' || names.has(name)) continue
    // The parser has taken `no-` off; the user is told what was written.
    const negated = `--no-${name}`
    const positive = name.length === 1 ? `-${name}` : `--${name}`
    const written = args.includes(negated) ? negated : dashed(positive)
    const near = known.map((option) => `--${option.negated ? 'no-' : ''}${dashed(option.name)}`)
    throw new UsageError(`There is no option ${written}.${hint(written, near)}`)
  }
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
