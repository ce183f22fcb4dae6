import { EXIT, type Io } from './io.ts'
import type { Options } from './options.ts'
import { UsageError } from './usage.ts'

/**
 * Asks before something is destroyed, unless `--yes` was given. `undefined`: go on; else the exit
 * code. Where nobody can be asked it is {@link UsageError}: nothing is destroyed by default.
 *
 * `what` is a sentence, printable.
 */
export async function confirmed(
  what: string,
  options: Options,
  io: Io,
): Promise<number | undefined> {
  if (options.flag('yes')) return undefined
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) {
    throw new UsageError(`${what} Nobody can be asked here: give --yes if it is meant.`)
  }
  io.stderr.write(`${what} Type yes to go on: `)
  const answer = await readLine(io)
  if (io.signal.aborted) return EXIT.interrupted
  if (answer.trim().toLowerCase() === 'yes') return undefined
  io.stderr.write('Nothing was done.\n')
  return EXIT.failed
}

/** As a terminal hands them over: a line at a time. */
function readLine({ stdin, signal }: Io): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const end = (): void => {
      stdin.off('data', more)
      stdin.off('end', end)
      stdin.pause()
      signal.removeEventListener('abort', end)
      resolve(text)
    }
    const more = (chunk: string | Uint8Array): void => {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      if (text.includes('\n')) end()
    }
    signal.addEventListener('abort', end, { once: true })
    stdin.on('data', more)
    stdin.on('end', end)
    stdin.resume()
  })
}
