import type { Io } from './io.ts'
import type { Options } from './options.ts'

/** One command: what its help says, and what it does. */
export interface Command {
  readonly name: string
  /** What follows the name, as the help writes it: `<key>`, `[kind]`. */
  readonly words: string
  readonly fewestWords: number
  readonly mostWords: number
  /** One line, for the list of commands. */
  readonly summary: string
  /** What it does and what it costs, in lines of at most 80 characters. */
  readonly about: string
  readonly options: readonly OptionSpec[]
  readonly examples: readonly string[]
  /** Resolves to the exit code. */
  readonly run: (given: Given, io: Io) => Promise<number>
}

/** What was written after the name of a command. */
export interface Given {
  readonly words: readonly string[]
  readonly options: Options
}

export interface OptionSpec {
  /** As the help writes it: `-s, --servers <list>`. */
  readonly flags: string
  /** Lines of at most 52 characters. */
  readonly help: string
}

/** Which servers, and by which settings: every command that talks to servers takes these. */
export const PLACE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '-s, --servers <list>',
    help: 'host, host:port, [v6]:port or unix:/path, with commas',
  },
  { flags: '-a, --alias <name>', help: 'Which cache of the settings (default: default)' },
  { flags: '-c, --config <file>', help: 'Instead of the nearest reprise.config.*' },
  { flags: '--no-config', help: 'Without such a file' },
]

/** How a key of the application becomes one of the server. */
export const KEY_OPTIONS: readonly OptionSpec[] = [
  { flags: '--key-prefix <text>', help: "Instead of the alias's" },
  { flags: '--key-version <version>', help: "Instead of the alias's" },
]

export const JSON_OPTION: OptionSpec = { flags: '--json', help: 'JSON, for programs' }

export const COLOR_OPTION: OptionSpec = {
  flags: '--no-color',
  help: 'Without colors; NO_COLOR and FORCE_COLOR count too',
}

export const YES_OPTION: OptionSpec = {
  flags: '-y, --yes',
  help: 'Does not ask; needed where nobody can be asked',
}
