import { hashPassword } from '../admin/password.ts'
import type { Command } from './command.ts'
import { EXIT, type Io } from './io.ts'
import { UsageError } from './usage.ts'
import { readInput } from './warm-urls.ts'

export const HASH_PASSWORD: Command = {
  name: 'hash-password',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'The hash of a password, for basicAuth of the dashboard',
  about: `Reads a password from the standard input, or asks for it where that is a terminal,
without showing it, and prints its hash: what the users of basicAuth are told by.
There is no option for it: everybody on the machine sees a command line.`,
  options: [],
  examples: ['reprise hash-password', 'pass show cache/admin | reprise hash-password'],
  run: async (_, io) => {
    const isPerson = io.stdin.isTTY === true && io.stderr.isTTY === true
    const password = isPerson ? await askHidden(io) : await readPiped(io)
    if (io.signal.aborted || password === undefined) return EXIT.interrupted
    if (password === '') throw new UsageError('There is no password on the standard input.')
    io.stdout.write(`${await hashPassword(password)}\n`)
    return EXIT.ok
  },
}

/** Whatever wrote it ended its line. */
async function readPiped({ stdin }: Io): Promise<string> {
  return (await readInput(stdin)).replace(/\r?\n$/, '')
}

/** `undefined`: it was interrupted. Raw, for a terminal shows what it makes lines of. */
function askHidden({ stdin, stderr, signal }: Io): Promise<string | undefined> {
  stderr.write('Password: ')
  return new Promise((resolve) => {
    let typed = ''
    const restore = (): void => void stdin.setRawMode?.(false)
    const end = (password: string | undefined): void => {
      stdin.off('data', more)
      signal.removeEventListener('abort', stop)
      process.off('exit', restore)
      restore()
      stdin.pause()
      stderr.write('\n')
      resolve(password)
    }
    const stop = (): void => end(undefined)
    const more = (chunk: string | Uint8Array): void => {
      for (const letter of typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()) {
        if (letter === '\u0003' || '\r\n\u0004'.includes(letter)) {
          end(letter === '\u0003' ? undefined : typed)
          return
        }
        typed = letter === '\u007f' ? [...typed].slice(0, -1).join('') : typed + letter
      }
    }
    process.once('exit', restore)
    signal.addEventListener('abort', stop, { once: true })
    stdin.setRawMode?.(true)
    stdin.on('data', more)
    stdin.resume()
  })
}
