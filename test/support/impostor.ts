import { once } from 'node:events'
import { createServer } from 'node:net'

export interface Impostor extends AsyncDisposable {
  readonly port: number
}

/**
 * Listens as a Memcached server that answers `stats` with figures of its own choosing, and commands
 * that begin as a name in `answers` with that text: what a hostile, broken or newer server could
 * say, and the real one here never does.
 */
export async function startImpostor(
  stats: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, string>> = {},
): Promise<Impostor> {
  const lines = Object.entries(stats).map(([name, value]) => `STAT ${name} ${value}\r\n`)
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      for (const line of data.toString('latin1').split('\r\n')) {
        if (line === 'mn') socket.write('MN\r\n')
        else if (line.startsWith('stats')) socket.write(`${lines.join('')}END\r\n`)
        const start = Object.keys(answers).find((name) => line.startsWith(name))
        if (start !== undefined) socket.write(answers[start] ?? '', 'latin1')
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.close()
      server.unref()
    },
  }
}
