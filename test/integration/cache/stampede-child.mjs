// One process of the stampede test: waits for `go`, then calls `getOrSet` many times at once and
// tells how often it computed and which values came back. Runs on `dist`, as an application would.
import { createCaches } from 'reprise'

const [url, calls, computeMs] = process.argv.slice(2)
const caches = createCaches({ default: url })
await caches.default.get('warm')
process.send('ready')

process.once('message', async () => {
  let computed = 0
  const compute = async () => {
    computed++
    await new Promise((resolve) => setTimeout(resolve, Number(computeMs)))
    return { from: process.pid }
  }
  const calling = Array.from({ length: Number(calls) }, () => {
    return caches.default.getOrSet('cold', compute)
  })
  const values = await Promise.all(calling)
  await caches.close()
  process.send({ computed, from: [...new Set(values.map(({ from }) => from))] })
  process.disconnect()
})
