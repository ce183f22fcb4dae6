// A real memcached on a port of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Starts one, on `port` or a free one; resolves once it answers. */
export async function startServer(port) {
  const place = port ?? (await freePort())
  const args = ['-l', '127.0.0.1', '-p', `${place}`, '-u', 'nobody']
  const child = spawn('memcached', args, { stdio: 'ignore' })
  const exited = once(child, 'exit')
  while (!(await answers(place))) {
    if (child.exitCode !== null) throw new Error(`memcached does not start on port ${place}.`)
    await sleep(5)
  }
  return {
    port: place,
    kill: () => {
      child.kill('SIGKILL')
      return exited
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
}

/** Connections that the server has accepted in its life, this question's excepted. */
export async function acceptedBy({ port }) {
  const stats = await ask(port, 'stats\r\n', 'END\r\n')
  return Number(/STAT total_connections (\d+)/.exec(stats)?.[1]) - 1
}

async function answers(port) {
  return (await ask(port, 'mn\r\n', 'MN\r\n').catch(() => '')) !== ''
}

async function ask(port, text, end) {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  let received = ''
  for await (const chunk of socket) {
    received += chunk.toString('latin1')
    if (received.endsWith(end)) break
  }
  return received
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address()
  listener.close()
  await once(listener, 'close')
  return port
}
