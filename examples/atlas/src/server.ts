import { createServer } from 'node:http'
import cliProgress from 'cli-progress'
import { createApp } from './app.ts'
import { Caching } from './caching.ts'
import { reportDelivery } from './delivery.ts'
import { openDatabase } from './open-database.ts'
import { queriesSoFar } from './request-figures.ts'
import { readSettings } from './settings.ts'
import { VisitorCookies } from './visitor.ts'

const settings = readSettings(process.env)
const bar = new cliProgress.SingleBar(
  { format: '{bar} {percentage}% | {value}/{total} | {what}', hideCursor: true },
  cliProgress.Presets.shades_classic,
)
const database = await openDatabase(settings, (done, total, what) => {
  if (done === 0) bar.start(total, 0, { what })
  else bar.update(done, { what })
  if (what === 'done') bar.stop()
})
const caching = new Caching(settings.caching)
const app = createApp({ database, caching, visitors: new VisitorCookies(settings.secret) })
const server = createServer(reportDelivery(app))

server.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
server.listen(settings.port, settings.host, () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : settings.port
  // A parent that started this to test or to measure it wants the port, not a line.
  if (process.send !== undefined) process.send({ port })
  else console.log(`The atlas is at http://${settings.host}:${port}/ (${database.description}).`)
})

// And how many queries this process ran so far, whenever it asks.
process.on('message', () => process.send?.({ queries: queriesSoFar() }))

// The last: a parent that is gone.
for (const end of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(end, stop)

let isStopping = false
function stop(): void {
  // A terminal's Ctrl-C comes twice: from the terminal, and from the command that started this.
  if (isStopping) return
  isStopping = true
  server.close(() => {
    Promise.all([caching.caches.close(), database.close()]).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  server.closeAllConnections()
}
