import type { Socket } from 'node:net'
import { CacheError } from '../errors.ts'
import { LineSplitter } from '../protocol/lines.ts'
import type { Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { type OpeningOptions, openSocket } from './opened-socket.ts'
import { PatientTimer } from './patient-timer.ts'

export interface LinesOptions extends OpeningOptions {
  /** For the first piece of the answer. */
  readonly answerMs: Milliseconds
  /** For each piece after it; `Infinity`: the server may have nothing to say. */
  readonly silenceMs: Milliseconds
  /** Closes the connection, and throws its reason. */
  readonly signal: AbortSignal
}

/**
 * Sends one command over a connection of its own and yields the lines of its answer, as many at a
 * time as came together, until the server ends. Some commands take the whole connection, or are
 * refused behind others on it.
 *
 * Pulled: nothing is read that is not asked for, so that a slow reader slows the server down, not
 * this process. Ending the iteration closes the connection.
 */
export async function* openLines(
  address: ServerAddress,
  command: string,
  options: LinesOptions,
): AsyncGenerator<readonly string[], void, undefined> {
  const { signal, answerMs, silenceMs } = options
  const socket = await opened(openSocket(address, options), signal)
  const abort = (): void => void socket.destroy(new Error('aborted'))
  signal.addEventListener('abort', abort, { once: true })
  // It may have been aborted between the opening and this.
  if (signal.aborted) abort()
  try {
    socket.write(`${command}\r\n`)
    const pieces: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]()
    const lines = new LineSplitter()
    for (let patienceMs = answerMs; ; patienceMs = silenceMs) {
      const piece = await within(socket, address.name, patienceMs, () => pieces.next())
      if (piece.done === true) return
      yield lines.push(piece.value)
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw errorOf(address.name, cause)
  } finally {
    signal.removeEventListener('abort', abort)
    socket.destroy()
  }
}

/** Waits no longer than until `signal` is aborted; a socket that comes later is destroyed. */
async function opened(opening: Promise<Socket>, signal: AbortSignal): Promise<Socket> {
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([opening, aborted])
  } catch (error) {
    opening.then(
      (socket) => socket.destroy(),
      () => {},
    )
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function within<T>(
  socket: Socket,
  server: string,
  ms: Milliseconds,
  wait: () => Promise<T>,
): Promise<T> {
  if (ms === Infinity) return wait()
  const timer = new PatientTimer(ms, () => {
    socket.destroy(lineError(server, 'ERR_TIMEOUT', `said nothing for ${ms} ms`))
  })
  try {
    return await wait()
  } finally {
    timer.stop()
  }
}

/** The error of one server, in a sentence that begins with its name. */
export function lineError(
  server: string,
  code: 'ERR_CONNECTION' | 'ERR_PROTOCOL' | 'ERR_SERVER' | 'ERR_TIMEOUT',
  what: string,
  cause?: unknown,
): CacheError {
  return new CacheError(code, `The server ${server} ${what}.`, { server, cause })
}

function errorOf(server: string, cause: unknown): CacheError {
  if (!CacheError.is(cause)) {
    return lineError(server, 'ERR_CONNECTION', 'broke the connection', cause)
  }
  // What is told of a line that cannot be read does not say whose it was.
  if (cause.server === undefined)
    return new CacheError(cause.code, cause.message, { server, cause })
  return cause
}
