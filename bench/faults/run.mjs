// One client under one fault, in a process of its own: `node run.mjs <client> <fault>`. Prints one
// line of JSON. The client may throw where nobody can catch it, hang or never settle: that is what
// is measured, so this process ends itself, and whoever started it has a time limit as well.
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultProxy } from '../../dist/testing/index.js'
import { openClient } from './clients.mjs'
import { FAULTS } from './faults.mjs'
import { acceptedBy, startServer } from './server.mjs'

const LOOPS = 8
const KEYS = 200
const WARM_UP_MS = 300
const FAULT_MS = 2500
const HEALTHY_MS = 6000
// Loops rest so long between two reads: eight of them are a load that shares two cores with others.
const PAUSE_MS = 1

const [clientName, faultName] = process.argv.slice(2)
const fault = FAULTS.find(({ name }) => name === faultName)

const seen = { good: 0, missed: 0, failed: 0, wrong: [], uncaught: [], slowestMs: 0 }
process.on('uncaughtException', (error) => seen.uncaught.push(String(error)))
process.on('unhandledRejection', (error) => seen.uncaught.push(String(error)))

let server = await startServer()
const proxy = await FaultProxy.start({ target: { port: server.port }, seed: 7 })
const client = await openClient(clientName, `127.0.0.1:${fault.direct ? server.port : proxy.port}`)
const keys = Array.from({ length: KEYS }, (_, i) => `key:${i}`)
for (const key of keys) await client.set(key, `v:${key}`)

/** When each loop's read began that has not settled. */
const pending = new Map()
let firstGoodAt
for (let i = 0; i < LOOPS; i++) void loop(i)
await sleep(WARM_UP_MS)
Object.assign(seen, { good: 0, missed: 0, failed: 0, slowestMs: 0 })
proxy.resetCounts()
let accepted = fault.direct ? await acceptedBy(server) : 0

const end = await fault.begin({
  proxy,
  server,
  async restart() {
    server = await startServer(server.port)
    accepted = 0
  },
})
await sleep(FAULT_MS)
await end()
const healedAt = performance.now()
firstGoodAt = undefined
await sleep(HEALTHY_MS)

const connections = fault.direct ? (await acceptedBy(server)) - accepted : proxy.counts.connections
const waiting = [...pending.values()].map((startedAt) => performance.now() - startedAt)
const result = {
  ...seen,
  wrong: seen.wrong.length,
  wrongExample: seen.wrong[0],
  uncaught: seen.uncaught.length,
  uncaughtExample: seen.uncaught[0],
  slowestMs: Math.round(Math.max(seen.slowestMs, ...waiting)),
  stuck: waiting.filter((ms) => ms > HEALTHY_MS - 100).length,
  recoveryMs: firstGoodAt === undefined ? undefined : Math.round(firstGoodAt - healedAt),
  connections,
}
server.resume()
await server.kill()
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))

async function loop(i) {
  for (;;) {
    const key = keys[Math.floor(Math.random() * KEYS)]
    const startedAt = performance.now()
    pending.set(i, startedAt)
    try {
      const value = await client.get(key)
      if (value === undefined || value === null) seen.missed++
      else if (value === `v:${key}`) seen.good++
      else seen.wrong.push(`${key} gave ${JSON.stringify(value).slice(0, 60)}`)
      // A read that began in the fault may give its answer afterwards: that is recovery too.
      firstGoodAt ??= performance.now()
    } catch {
      seen.failed++
    }
    pending.delete(i)
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - startedAt)
    await sleep(PAUSE_MS)
  }
}
