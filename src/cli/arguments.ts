import { type CAC, cac } from 'cac'
import { CacheError } from '../errors.ts'
import { parseDuration, type Seconds } from '../units.ts'
import { hint, UsageError } from './usage.ts'

/** What the command line asks for. */
export type Invocation =
  | { readonly command: 'help'; readonly of: 'reprise' | 'stats' | 'nothing' }
  | { readonly command: 'version' }
  | ({ readonly command: 'stats' } & StatsArguments)

export interface StatsArguments {
  readonly servers: string | undefined
  readonly interval: Seconds
  readonly watch: boolean
  readonly json: boolean
  /** `false`: the user does not want them. Else it depends. */
  readonly color: boolean
}

const COMMANDS = ['stats']
const SHORTEST_INTERVAL: Seconds = 0.1
const LONGEST_INTERVAL: Seconds = 86_400

/** `args` are those after the program's name. @throws {@link UsageError}. */
export function parseArguments(args: readonly string[]): Invocation {
  const parser = makeParser()
  const { args: words, options } = parser.parse(['', '', ...args], { run: false })
  const command = parser.matchedCommandName
  if (options.help === true) {
    return { command: 'help', of: command === 'stats' ? 'stats' : 'reprise' }
  }
  if (options.version === true) return { command: 'version' }
  if (command === undefined) {
    const [word] = words
    checkKnown(parser, options, args)
    if (word === undefined) return { command: 'help', of: 'nothing' }
    throw new UsageError(`There is no command ${word}.${hint(word, COMMANDS)}`)
  }
  checkKnown(parser, options, args)
  if (words.length > 0)
    throw new UsageError(`stats takes no arguments, but it was given ${words.join(' ')}.`)
  return {
    command: 'stats',
    servers: textOf(options, 'servers'),
    interval: intervalOf(options),
    watch: options.watch === true,
    json: options.json === true,
    color: options.color !== false,
  }
}

function makeParser(): CAC {
  const parser = cac('reprise')
  parser.option('-h, --help', '').option('-v, --version', '')
  parser
    .command('stats', '')
    .option('-s, --servers <list>', '')
    .option('-i, --interval <time>', '')
    .option('-w, --watch', '')
    .option('--json', '')
    .option('--no-color', '')
  return parser
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
    const written = args.includes(negated) ? negated : positive
    const near = known.map((option) => `--${option.negated ? 'no-' : ''}${option.name}`)
    throw new UsageError(`There is no option ${written}.${hint(written, near)}`)
  }
}

function intervalOf(options: Readonly<Record<string, unknown>>): Seconds {
  const text = textOf(options, 'interval') ?? '1s'
  const allowed = `a time from ${SHORTEST_INTERVAL} seconds to a day, such as 500ms, 1s or 1m`
  try {
    const seconds = parseDuration('interval', /^[\d.]+$/.test(text) ? Number(text) : (text as '1s'))
    if (seconds >= SHORTEST_INTERVAL && seconds <= LONGEST_INTERVAL) return seconds
  } catch (error) {
    if (!CacheError.is(error)) throw error
  }
  throw new UsageError(`--interval is ${text}: it must be ${allowed}.`)
}

/** The parser makes numbers of digits, lists of repeated options and `true` of a missing value. */
function textOf(options: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (Array.isArray(value)) throw new UsageError(`--${name} is given more than once.`)
  if (typeof value === 'boolean' || value === '') throw new UsageError(`--${name} needs a value.`)
  return String(value)
}
