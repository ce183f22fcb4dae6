// Starts what the load runs against: the atlas in a process of its own, and a memcached where one is needed.
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../examples/atlas/dist/server.js', import.meta.url))

// Whatever ends this process ends what it started: also Ctrl-C, and an error.
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

function endWithUs(child) {
  running.add(child)
  child.once('exit', () => running.delete(child))
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(code))
  }
}

/** Starts the built atlas on a free port, as in production. */
export async function startAtlas(env) {
  const { CACHE_URL: _, ATLAS_CACHE: __, ...rest } = process.env
  const child = fork(SERVER, [], {
    env: { ...rest, NODE_ENV: 'production', PORT: '0', HOST: '127.0.0.1', ...env },
    // Its own lines would stand between those of the table; the bar of a first load may.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  endWithUs(child)
  const exited = once(child, 'exit')
  const failed = exited.then(([code]) => Promise.reject(new Error(`The atlas ended: ${code}.`)))
  failed.catch(() => {})
  const answer = async () => (await Promise.race([once(child, 'message'), failed]))[0]
  const { port } = await answer()
  return {
    port,
    /** How many SQL queries the process ran so far, also those that no request waited for. */
    async queries() {
      child.send('queries')
      return (await answer()).queries
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/**
 * A memcached to run against: where `CACHE_URL` says, else one that answers on this machine, else
 * one that is started here and stopped after. `undefined`: there is none.
 */
export async function findMemcached() {
  const url = process.env.CACHE_URL
  if (url?.startsWith('memcached://')) return { url, origin: 'CACHE_URL', stop: async () => {} }
  if (await answers(11_211)) {
    const local = 'memcached://127.0.0.1:11211'
    return { url: local, origin: 'the one on this machine', stop: async () => {} }
  }
  if (!isInstalled('memcached')) return undefined
  const port = await freePort()
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('memcached', ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', ...user], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  endWithUs(child)
  const exited = once(child, 'exit')
  while (!(await answers(port))) await sleep(20)
  return {
    url: `memcached://127.0.0.1:${port}`,
    origin: 'started for this run',
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** A free port: `wanted` where it is free. */
export async function freePort(wanted = 0) {
  const server = createServer()
  try {
    server.listen(wanted, '127.0.0.1')
    await once(server, 'listening')
    return server.address().port
  } catch (error) {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
    return freePort()
  } finally {
    server.close()
  }
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(500, () => socket.destroy(new Error('timeout')))
  try {
    await once(socket, 'connect')
    socket.write('mn\r\n')
    const [reply] = await once(socket, 'data')
    return reply.toString('latin1').startsWith('MN')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function isInstalled(command) {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
