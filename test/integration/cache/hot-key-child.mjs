// One process of the hot-key test: waits for `go`, then reads one key at a steady rate and tells how
// often it computed, how old the oldest value was, and how late its own timers were. Runs on `dist`.
import { setTimeout as sleep } from 'node:timers/promises'
import { createCaches } from 'reprise'

const [url, perSecond, seconds, computeMs] = process.argv.slice(2)
const caches = createCaches({ default: url })
await caches.default.get('warm')
process.send('ready')

process.once('message', async () => {
  const report = { computed: 0, reads: 0, oldestMs: 0, lateMs: 0 }
  const compute = async () => {
    report.computed++
    const startedAt = Date.now()
    await sleep(Number(computeMs))
    return { startedAt }
  }
  const read = async () => {
    const { startedAt } = await caches.default.getOrSet('hot', compute, {
      ttl: 1,
      staleWhileRevalidate: 10,
    })
    report.reads++
    report.oldestMs = Math.max(report.oldestMs, Date.now() - startedAt)
  }
  const start = Date.now()
  const reading = []
  // By the clock, so that what a late timer missed is made up for.
  for (let now = start; now < start + seconds * 1000; ) {
    while (reading.length < ((now - start) * perSecond) / 1000) reading.push(read())
    await sleep(5)
    report.lateMs = Math.max(report.lateMs, Date.now() - now - 5)
    now = Date.now()
  }
  await Promise.all(reading)
  await caches.close()
  process.send(report)
  process.disconnect()
})
