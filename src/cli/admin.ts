import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createAdmin } from '../admin/index.ts'
import type { Command } from './command.ts'
import { PLACE_OPTIONS } from './command.ts'
import { EXIT, type Io } from './io.ts'
import { Target } from './target.ts'
import { printable } from './terminal.ts'

const LOOPBACK = '127.0.0.1'

export const ADMIN: Command = {
  name: 'admin',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'The dashboard, on this machine',
  about: `Serves the dashboard on ${LOOPBACK} until it is interrupted, for a browser on this
machine; through SSH it is "ssh -L 8211:localhost:8211 host". It shows the servers
of all aliases, and changes nothing unless --write is given; what the application
itself counts is on the dashboard that is mounted in the application. Everybody who
is logged in to this machine can see it while it runs.`,
  options: [
    ...PLACE_OPTIONS,
    { flags: '-p, --port <number>', help: '0: any free one (default: 8211)' },
    { flags: '--write', help: 'It may also delete, invalidate and flush' },
    { flags: '--open', help: 'Opens it in the browser' },
  ],
  examples: ['reprise admin', 'reprise admin --servers 10.0.0.1,10.0.0.2 --port 9000 --open'],
  run: async ({ options }, io) => {
    const port = options.count('port', { least: 0, most: 65_535, otherwise: 8211 })
    await using target = await Target.open(options, io)
    // So that a wrong setting is told here and not by an empty page.
    void target.clients
    // It is bound to this machine, which is all that production is about there.
    await using admin = createAdmin(target.caches, {
      env: {},
      clock: io.clock,
      readOnly: !options.flag('write'),
    })
    const server = createServer(admin.node())
    try {
      server.listen(port, LOOPBACK)
      await once(server, 'listening')
      const url = `http://${LOOPBACK}:${portOf(server)}/`
      io.stdout.write(`${url}\n`)
      io.stderr.write('Ctrl-C ends it.\n')
      if (options.flag('open')) open(url, io)
      if (!io.signal.aborted) await once(io.signal, 'abort')
      return EXIT.interrupted
    } finally {
      server.close()
      // Event streams have no end of their own.
      server.closeAllConnections()
    }
  },
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

function open(url: string, { stderr }: Io): void {
  const [program = 'xdg-open', ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
  child.once('error', ({ message }) => {
    stderr.write(`No browser could be opened (${printable(message)}).\n`)
  })
  child.unref()
}
