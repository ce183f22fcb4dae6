// What is done to the network or the server. `begin` starts the fault and returns what ends it; it
// gets the proxy, the server, and `restart`, which starts the server again on its port.
import { setTimeout as sleep } from 'node:timers/promises'

function byProxy(fault) {
  return async ({ proxy }) => {
    await proxy.set(fault)
    return () => proxy.set({ kind: 'pass' })
  }
}

async function kill({ server, restart }) {
  await server.kill()
  return restart
}

/** `direct`: the client talks to the server itself, not through the proxy. */
export const FAULTS = [
  { name: 'server killed, started again', direct: true, begin: kill },
  {
    name: 'killed behind a proxy that accepts and closes',
    async begin(scene) {
      await scene.proxy.set({ kind: 'accept-close' })
      const restart = await kill(scene)
      return async () => {
        await restart()
        await scene.proxy.set({ kind: 'pass' })
      }
    },
  },
  { name: 'connections refused', begin: byProxy({ kind: 'refuse' }) },
  { name: 'hang: accepts, never answers', begin: byProxy({ kind: 'hang' }) },
  {
    name: 'SIGSTOP',
    direct: true,
    async begin({ server }) {
      server.pause()
      return () => server.resume()
    },
  },
  { name: 'answers 2 s late', begin: byProxy({ kind: 'latency', ms: 2000 }) },
  {
    name: 'half a reply, then RST, once',
    begin: byProxy({ kind: 'half-reply', by: 'rst', times: 1 }),
  },
  { name: 'half a reply, then RST', begin: byProxy({ kind: 'half-reply', by: 'rst' }) },
  { name: 'half a reply, then FIN', begin: byProxy({ kind: 'half-reply', by: 'fin' }) },
  {
    name: 'half a reply, then RST, 1 of 50',
    begin: byProxy({ kind: 'half-reply', by: 'rst', toxicity: 0.02 }),
  },
  { name: 'RST between replies', begin: byProxy({ kind: 'cut-after', replies: 0, by: 'rst' }) },
  { name: 'garbage bytes', begin: byProxy({ kind: 'garbage' }) },
  { name: 'one reply twice', begin: byProxy({ kind: 'duplicate', times: 1 }) },
  { name: 'replies swapped', begin: byProxy({ kind: 'swap' }) },
  { name: '1 byte per packet', begin: byProxy({ kind: 'slice', bytes: 1 }) },
  {
    name: 'up and down every 100 ms',
    async begin({ proxy }) {
      let running = true
      const flapping = (async () => {
        while (running) {
          await proxy.set({ kind: 'accept-close' })
          await sleep(100)
          await proxy.set({ kind: 'pass' })
          await sleep(100)
        }
      })()
      return () => {
        running = false
        return flapping
      }
    },
  },
]
