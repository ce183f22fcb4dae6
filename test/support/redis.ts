import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './memcached.ts'

export interface RedisServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>
  /** Stops it where it stands: it accepts (the kernel does) and never answers. */
  pause(): void
  resume(): void
}

/** Starts a real Redis that keeps nothing on disk. Dispose it, and it is gone before you go on. */
export async function startRedis(fixedPort?: number): Promise<RedisServer> {
  const port = fixedPort ?? (await freePort())
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--loglevel', 'warning']
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const exited = once(child, 'exit')
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`redis-server does not start on ${port}.`)
    await sleep(5)
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    ...signals(child),
    [Symbol.asyncDispose]: kill,
  }
}

function signals(child: ChildProcess): Pick<RedisServer, 'pause' | 'resume'> {
  return {
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return reply.toString('latin1') === '+PONG\r\n'
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
