// One way to send the page, in a process of its own: nobody else's garbage or shapes.
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { HTML, PATH, renderPage } from './page.mjs'

const { row, memcached, dist } = JSON.parse(process.argv[2])
const { variants } = await import(`./frameworks/${row.framework}.mjs`)

let renders = 0
const server = await variants[row.variant]({
  path: PATH,
  type: HTML,
  text: renderPage(),
  render: () => {
    renders++
    return renderPage()
  },
  memcached,
  reprise: (entry) => import(pathToFileURL(`${dist}/${entry}.js`).href),
  openCaches,
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

process.on('message', () => process.send(renders))
process.on('disconnect', () => process.exit())
process.send({ port: server.address().port })

async function openCaches() {
  const { createCaches } = await import(pathToFileURL(`${dist}/index.js`).href)
  const place = { memory: {}, memcached: { location: memcached } }[row.store]
  return createCaches({ default: { backend: row.store, keyPrefix: row.name, ttl: 3600, ...place } })
}
