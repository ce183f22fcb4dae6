import { GLOBAL_OPTIONS } from './arguments.ts'
import type { Command, OptionSpec } from './command.ts'

/** Told by `reprise --help` and every command's own. A test holds it against `EXIT`. */
export const EXIT_CODES = `Exit codes:
  0    done
  1    failed
  2    wrong usage
  3    there is no such key
  4    a server could not be reached
  5    something is wrong (doctor)
  130  interrupted`

const WHERE = `Where the servers come from, each field from the first that has it: the
options, then CACHE_URL and MEMCACHE_SERVERS, then reprise.config.{ts,mts,js,mjs,json}
here or above, then 127.0.0.1:11211. Passwords go into CACHE_URL or the file, for
everybody on the machine sees a command line.`

export function formatHelp(commands: readonly Command[]): string {
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(15)}${summary}`).join('\n')
  return `Usage: reprise <command> [options]

Looks after the Memcached servers behind a Reprise cache.

Commands:
${list}

Options:
${formatOptions(GLOBAL_OPTIONS)}

${WHERE}

Examples:
  reprise doctor
  reprise stats --servers 10.0.0.1,10.0.0.2:11212
  CACHE_URL=memcacheds://user:password@cache.internal reprise top

${EXIT_CODES}
`
}

export function formatCommandHelp(command: Command): string {
  const { name, words, about, options, examples } = command
  const all = [...options, { flags: '-h, --help', help: 'Shows this' }]
  return `Usage: reprise ${name}${words === '' ? '' : ` ${words}`} [options]

${about}

Options:
${formatOptions(all)}

Examples:
${examples.map((example) => `  ${example}`).join('\n')}

${EXIT_CODES}
`
}

const LEFT = 27

function formatOptions(options: readonly OptionSpec[]): string {
  return options
    .flatMap(({ flags, help }) => {
      const left = flags.startsWith('--') ? `    ${flags}` : flags
      const [first = '', ...rest] = help.split('\n')
      return [
        `  ${left.padEnd(LEFT)}${first}`,
        ...rest.map((line) => `  ${''.padEnd(LEFT)}${line}`),
      ]
    })
    .join('\n')
}
