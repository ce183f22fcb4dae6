#!/usr/bin/env node
import { systemClock } from '../clock.ts'
import { EXIT } from './io.ts'
import { run } from './run.ts'

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())

// Who pipes into `head` closes the pipe: no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed)
})

// The clock's timers and idle connections let a process end; this one is to wait for its interval.
const staying = setInterval(() => {}, 2 ** 30)

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  clock: systemClock,
  signal: interrupted.signal,
})
clearInterval(staying)
