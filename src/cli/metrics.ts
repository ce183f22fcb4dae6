import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { metricsText } from '../telemetry/series.ts'
import { type StatsClient, serverMetrics } from '../telemetry/server-metrics.ts'
import { type Command, PLACE_OPTIONS } from './command.ts'
import { EXIT } from './io.ts'
import { Target } from './target.ts'

const LOOPBACK = '127.0.0.1'
/** Of the Memcached exporter, so that scrapers that know it find this one. */
const PORT = 9150

export const METRICS: Command = {
  name: 'metrics',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'Figures of the servers for Prometheus',
  about: `Serves http://${LOOPBACK}:${PORT}/metrics until it is interrupted: the figures of all
servers under the names of the Memcached exporter, so that boards and alarms made
for it work. Each scrape asks each server four questions in one round trip. What
your application counts comes from the application: reprise/telemetry.`,
  options: [
    ...PLACE_OPTIONS,
    { flags: '-p, --port <number>', help: `0: any free one (default: ${PORT})` },
    { flags: '--host <address>', help: `Where to listen (default: ${LOOPBACK})` },
    { flags: '--once', help: 'Writes them once, and ends' },
  ],
  examples: [
    'reprise metrics --servers 10.0.0.1,10.0.0.2',
    'reprise metrics --host 0.0.0.0 --port 9150',
    'reprise metrics --once | grep evicted',
  ],
  run: async ({ options }, io) => {
    const port = options.count('port', { least: 0, most: 65_535, otherwise: PORT })
    const host = options.text('host') ?? LOOPBACK
    await using target = await Target.open(options, io)
    const { clients } = target
    if (options.flag('once')) {
      const text = metricsText(await serverMetrics(clients))
      io.stdout.write(text)
      return /^memcached_up\{.*\} 1$/m.test(text) ? EXIT.ok : EXIT.unreachable
    }
    const server = createServer((request, response) => void answer(clients, request, response))
    try {
      server.listen(port, host)
      await once(server, 'listening')
      io.stdout.write(`http://${shownHost(host)}:${portOf(server)}/metrics\n`)
      if (host !== LOOPBACK) io.stderr.write('Everybody who reaches that address can read them.\n')
      io.stderr.write('Ctrl-C ends it.\n')
      if (!io.signal.aborted) await once(io.signal, 'abort')
      return EXIT.interrupted
    } finally {
      server.close()
      server.closeAllConnections()
    }
  },
}

async function answer(
  clients: Iterable<StatsClient>,
  { method, url }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end('Only GET.\n')
    return
  }
  if (url?.split('?')[0] !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Only /metrics.\n')
    return
  }
  const text = metricsText(await serverMetrics(clients))
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(method === 'HEAD' ? undefined : text)
}

function shownHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
