import { readFileSync } from 'node:fs'
import { CacheError } from '../errors.ts'
import { parseArguments } from './arguments.ts'
import { HELP, STATS_HELP } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { runStats } from './stats.ts'
import { printable } from './terminal.ts'
import { UsageError } from './usage.ts'

/** Runs `reprise` with the arguments after its name. Never rejects; resolves to the exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    const invocation = parseArguments(args)
    switch (invocation.command) {
      case 'help':
        return showHelp(invocation.of, io)
      case 'version':
        io.stdout.write(`${version()}\n`)
        return EXIT.ok
      case 'stats':
        return await runStats(invocation, io)
      default:
        return invocation satisfies never
    }
  } catch (error) {
    return complain(error, io)
  }
}

function showHelp(of: 'reprise' | 'stats' | 'nothing', { stdout, stderr }: Io): number {
  if (of === 'nothing') {
    stderr.write(HELP)
    return EXIT.usage
  }
  stdout.write(of === 'stats' ? STATS_HELP : HELP)
  return EXIT.ok
}

function complain(error: unknown, { stderr }: Io): number {
  const isUsage =
    error instanceof UsageError || (CacheError.is(error) && error.code === 'ERR_OPTION_INVALID')
  const text = error instanceof Error ? error.message : String(error)
  stderr.write(`reprise: ${printable(text)}\n`)
  if (!isUsage) return EXIT.failed
  stderr.write('Try reprise --help.\n')
  return EXIT.usage
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : 'unknown'
}
