import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { CacheError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'

/** Why a connection did not come about: what the system said, or nothing where the server hung up. */
export function unreachableError(server: string, socket: Socket, cause?: Error): CacheError {
  return connectError(server, what(socket, cause), cause)
}

/** For a server that took longer than it may. */
export function lateError(server: string, limitMs: Milliseconds): CacheError {
  return connectError(server, `was not ready within ${limitMs} ms`)
}

function what(socket: Socket, cause: Error | undefined): string {
  const reason = cause === undefined ? '' : ` (${reasonOf(cause)})`
  if (socket instanceof TLSSocket) return `cannot be reached over TLS${reason}`
  // It was there, and did not like the first words: a plain `mn` is no TLS handshake.
  const isReached = cause === undefined || (cause as NodeJS.ErrnoException).syscall === 'read'
  if (!isReached) return `cannot be reached${reason}`
  return `closed the connection before it answered${reason}, as one that expects TLS does`
}

/** OpenSSL's messages have addresses and files of its own in them; its `reason` is what is meant. */
function reasonOf(cause: Error): string {
  const { reason, message, code } = cause as NodeJS.ErrnoException & { reason?: string }
  // Of a name with several addresses Node gives an `AggregateError` with a code and no message.
  return (reason ?? message) || (code ?? cause.name)
}

function connectError(server: string, text: string, cause?: Error): CacheError {
  return new CacheError('ERR_CONNECTION', `The server ${server} ${text}.`, { server, cause })
}
