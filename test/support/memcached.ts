import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './raw.ts'

export interface MemcachedServer extends AsyncDisposable {
  /** 0 for a server on a Unix socket. */
  readonly port: number
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>
  /** Stops it where it stands: it accepts (the kernel does) and never answers. */
  pause(): void
  resume(): void
}

export interface MemcachedPlace {
  /** Where to listen; default: a free loopback port. */
  readonly port?: number
  /** The address to listen on; default 127.0.0.1. */
  readonly host?: string
  /** A Unix socket instead. */
  readonly path?: string
  /** How to ask it for its statistics, where a plain question has no answer. */
  readonly stats?: (place: string | number) => Promise<string>
}

/** Starts a real memcached. Dispose it, and it is gone before you go on. */
export async function startMemcached(
  args: readonly string[] = [],
  place: MemcachedPlace = {},
): Promise<MemcachedServer> {
  for (let attempt = 0; ; attempt++) {
    const port = place.path === undefined ? (place.port ?? (await freePort())) : 0
    const listen =
      place.path === undefined
        ? ['-l', place.host ?? '127.0.0.1', '-p', `${port}`]
        : ['-s', place.path]
    const child = spawn('memcached', [...listen, '-u', 'nobody', ...args], { stdio: 'inherit' })
    const exited = once(child, 'exit')
    if (await answers(child, place.path ?? port, place.stats)) return running(child, exited, port)
    await exited
    // Somebody took the port between the asking and the listening: another one, unless it is fixed.
    const fixed = place.path ?? place.port
    if (fixed !== undefined || attempt === 5) {
      throw new Error(`memcached ${args.join(' ')} does not start (${fixed ?? 'any port'}).`)
    }
  }
}

function running(child: ChildProcess, exited: Promise<unknown>, port: number): MemcachedServer {
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    port,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  }
}

/** Waits until this process, and no other on the same port, answers; `false`: it has ended. */
async function answers(
  child: ChildProcess,
  place: string | number,
  askStats: MemcachedPlace['stats'] = (there) => ask(there, 'stats\r\n'),
): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const stats = await askStats(place).catch(() => '')
    if (stats.includes(`STAT pid ${child.pid}\r\n`)) return true
    await sleep(5)
  }
  return false
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
