// One process of a fleet that serves one page: waits for `go`, asks itself for the page many times at
// once, and tells how often its handler ran and how many ran together. Runs on `dist`.
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { createCaches } from 'reprise'
import { wrapSite } from 'reprise/node'

const [url, kind, calls] = process.argv.slice(2)
const caches = createCaches({ default: url })
await caches.default.get('warm')

let renders = 0
let running = 0
let most = 0
let letGo = () => {}
const released = new Promise((resolve) => {
  letGo = resolve
})

const site = wrapSite(
  caches,
  async (_request, response) => {
    renders++
    running++
    most = Math.max(most, running)
    if (kind === 'private') {
      response.setHeader('Set-Cookie', 'a=b')
      response.write('for ')
      if (most === Number(calls)) process.send('all')
      // Whoever kept them in a row would wait for ever.
      await released
    } else {
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    response.end(`page of ${process.pid}`)
    running--
  },
  { origin: 'https://site.example' },
)
const server = createServer(site).listen(0, '127.0.0.1')
await once(server, 'listening')
const agent = new Agent({ maxSockets: Infinity })

const ask = () =>
  new Promise((resolve, reject) => {
    const asking = request({ agent, host: '127.0.0.1', port: server.address().port })
    asking.once('error', reject).once('response', async (response) => {
      const chunks = []
      for await (const chunk of response) chunks.push(chunk)
      resolve(Buffer.concat(chunks).toString())
    })
    asking.end()
  })

process.on('message', async (message) => {
  if (message !== 'go') return letGo()
  const texts = await Promise.all(Array.from({ length: Number(calls) }, ask))
  server.closeAllConnections()
  server.close()
  await caches.close()
  process.send({ renders, most, texts: [...new Set(texts)] })
  process.disconnect()
})
process.send('ready')
