#!/usr/bin/env node
import { systemClock } from '../clock.ts'
import { EXIT } from './io.ts'
import { run } from './run.ts'

const interrupted = new AbortController()
let code: number | undefined
// As a shell tells them: 128 and the number of the signal.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.once(signal, () => {
    code = 128 + number
    interrupted.abort()
  })
}

// Who pipes into `head` closes the pipe: no reason for a stack trace.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed)
  })
}

// Warnings about settings are for `doctor` to tell, and those of Node about a configuration in
// TypeScript for nobody.
process.removeAllListeners('warning')

// The clock's timers and idle connections let a process end; this one is to wait for its interval.
const staying = setInterval(() => {}, 2 ** 30)

const ended = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  signal: interrupted.signal,
})
process.exitCode = ended === EXIT.interrupted ? (code ?? ended) : ended
clearInterval(staying)
// Somebody else's terminal or pipe must not keep it alive.
process.stdin.unref?.()
