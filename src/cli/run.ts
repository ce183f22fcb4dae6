import { readFileSync } from 'node:fs'
import { CacheError } from '../errors.ts'
import { parseArguments } from './arguments.ts'
import { COMMANDS } from './commands.ts'
import { formatCommandHelp, formatHelp } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { reasonOf } from './reason.ts'
import { UsageError } from './usage.ts'

/** Runs `reprise` with the arguments after its name. Never rejects; resolves to the exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    const invocation = parseArguments(args, COMMANDS)
    switch (invocation.kind) {
      case 'help': {
        const { of, asked } = invocation
        const text = of === undefined ? formatHelp(COMMANDS) : formatCommandHelp(of)
        const output = asked ? io.stdout : io.stderr
        output.write(text)
        return asked ? EXIT.ok : EXIT.usage
      }
      case 'version':
        io.stdout.write(`${version()}\n`)
        return EXIT.ok
      case 'run':
        return await invocation.command.run(invocation.given, io)
      default:
        return invocation satisfies never
    }
  } catch (error) {
    return complain(error, io)
  }
}

const USAGE: ReadonlySet<string> = new Set([
  'ERR_ALIAS_UNKNOWN',
  'ERR_KEY_INVALID',
  'ERR_OPTION_INVALID',
])
const UNREACHABLE: ReadonlySet<string> = new Set(['ERR_AUTH', 'ERR_CONNECTION', 'ERR_TIMEOUT'])

function complain(error: unknown, { stderr, signal }: Io): number {
  // What was under way rejects as well, and is no news.
  if (signal.aborted) return EXIT.interrupted
  stderr.write(`reprise: ${reasonOf(error)}\n`)
  if (error instanceof UsageError || (CacheError.is(error) && USAGE.has(error.code))) {
    stderr.write('Try reprise --help.\n')
    return EXIT.usage
  }
  return CacheError.is(error) && UNREACHABLE.has(error.code) ? EXIT.unreachable : EXIT.failed
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : 'unknown'
}
