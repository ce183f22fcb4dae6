// One process of a scene: a framework of its own, at the servers that all share.
import '../runner/no-delay.mjs'
import { SCENES } from './scenes.mjs'

const { row, options } = JSON.parse(process.argv[2])
const { open } = await import(`../frameworks/adapters/${row.adapter}.mjs`)
const cache = await open({ ...row.settings, ...options })
// It has connected, and has its code at hand.
await cache.getOrSet(`warm:${process.pid}`, async () => 'warm')
await cache.getOrSet(`warm:${process.pid}`, async () => 'warm')

process.on('message', async ({ scene, ...question }) => {
  process.send(await SCENES[scene](cache, question))
})
process.on('disconnect', () => process.exit())
process.send('ready')
