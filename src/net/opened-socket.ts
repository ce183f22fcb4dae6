import type { Socket } from 'node:net'
import { connectChannel, traced } from '../channels.ts'
import { CacheError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { type DialOptions, dial, whenTrusted } from './dial.ts'
import { Greeting } from './greeting.ts'
import type { Login } from './login.ts'
import { PatientTimer } from './patient-timer.ts'
import { lateError, unreachableError } from './unreachable.ts'

/** How a connection is opened, whatever it is for. */
export interface OpeningOptions extends DialOptions {
  /** For a connection to be open and greeted. */
  readonly connectTimeoutMs: Milliseconds
  readonly login: Login | undefined
}

/**
 * Opens a connection for one purpose, such as a listing: encrypted, logged in and greeted, as that
 * of the commands is. Paused: read it as an async iterable. It is the caller's to destroy.
 *
 * @throws {@link CacheError} `ERR_CONNECTION` or `ERR_AUTH`, within `connectTimeoutMs`.
 */
export function openSocket(address: ServerAddress, options: OpeningOptions): Promise<Socket> {
  return traced(
    connectChannel,
    () => ({ server: address.name }),
    () => open(address, options),
  )
}

async function open(address: ServerAddress, options: OpeningOptions): Promise<Socket> {
  const socket = dial(address, options)
  // Errors between this and the caller's reading are told by the reading.
  socket.on('error', () => {})
  try {
    await greeted(socket, address.name, options)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function greeted(
  socket: Socket,
  server: string,
  { login, connectTimeoutMs }: OpeningOptions,
): Promise<void> {
  const greeting = new Greeting(server, login)
  return new Promise<void>((resolve, reject) => {
    const settle = (error?: CacheError): void => {
      timer.stop()
      socket.off('error', failed).off('close', closed).off('data', received).pause()
      if (error === undefined) resolve()
      else reject(error)
    }
    const failed = (cause: Error): void => settle(unreachableError(server, socket, cause))
    const closed = (): void => settle(unreachableError(server, socket))
    const received = (chunk: Buffer): void => {
      try {
        if (greeting.take(chunk)) settle()
      } catch (error) {
        if (!CacheError.is(error)) throw error
        settle(error)
      }
    }
    const timer = new PatientTimer(connectTimeoutMs, () => {
      settle(lateError(server, connectTimeoutMs))
    })
    socket.on('error', failed).on('close', closed).on('data', received)
    whenTrusted(socket, () => socket.write(greeting.bytes))
  })
}
