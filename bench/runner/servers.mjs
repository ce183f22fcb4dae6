import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Servers of this run's own, on free loopback ports. Dispose them, and they are gone. */
export async function startServers({ memcached = 1, redis = 0, memcachedArgs = [] }) {
  const running = await Promise.all([
    ...Array.from({ length: memcached }, () => startMemcached(memcachedArgs)),
    ...Array.from({ length: redis }, () => startRedis()),
  ])
  const names = running.map(({ port }) => `127.0.0.1:${port}`)
  return {
    memcached: names.slice(0, memcached),
    redis: names.slice(memcached),
    stop: () => running.forEach(({ child }) => void child.kill('SIGKILL')),
  }
}

function startMemcached(args) {
  return start('memcached', 'version\r\n', (port) => [
    ...['-l', '127.0.0.1', '-p', port, '-u', 'nobody', '-m', '512', '-I', '4m', ...args],
  ])
}

function startRedis() {
  return start('redis-server', 'PING\r\n', (port) => [
    ...['--bind', '127.0.0.1', '--port', port, '--save', '', '--appendonly', 'no'],
  ])
}

/**
 * Starts what listens on the port that `args` is given, and resolves when it answers `greeting` with
 * anything.
 */
export async function start(command, greeting, args) {
  const port = await freePort()
  const child = spawn(command, args(`${port}`), { stdio: ['ignore', 'ignore', 'inherit'] })
  while (!(await answers(port, greeting))) {
    if (child.exitCode !== null) throw new Error(`${command} does not start on port ${port}.`)
    await sleep(10)
  }
  return { child, port }
}

function answers(port, greeting) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(greeting))
    const settle = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('data', () => settle(true))
    socket.on('error', () => settle(false))
  })
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
