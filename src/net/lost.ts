import { systemClock } from '../clock.ts'
import { CacheError, type CacheErrorCode } from '../errors.ts'
import type { Pending } from './pending.ts'

// Whatever else was wrong with the connection, of a command that was not sent it is that.
const SAID_AS_IT_IS: ReadonlySet<CacheErrorCode> = new Set(['ERR_AUTH', 'ERR_TIMEOUT'])

/** What a command fails with that was in flight when `cause` ended its connection. */
export function lostError(
  pending: Pending,
  cause: CacheError,
  server: string,
  isOldest: boolean,
): CacheError {
  const code = codeFor(pending, cause, isOldest)
  const verb = pending.command.verb
  const what =
    code === 'ERR_TIMEOUT'
      ? `\`${verb}\` got no answer from ${server} in time`
      : `\`${verb}\` got no answer from ${server}: ${sentence(cause.message)}`
  return new CacheError(code, `${what}.`, { applied: 'unknown', server, cause })
}

function codeFor(pending: Pending, cause: CacheError, isOldest: boolean): CacheErrorCode {
  switch (cause.code) {
    case 'ERR_TIMEOUT':
      // Those that came later had time left: they are lost with the connection.
      return pending.deadline <= systemClock.monotonic() ? 'ERR_TIMEOUT' : 'ERR_CONNECTION'
    case 'ERR_SERVER':
      // The error line is the oldest command's answer, and the end of the others.
      return isOldest ? 'ERR_SERVER' : 'ERR_PROTOCOL'
    default:
      return cause.code
  }
}

/** What a command fails with that was never written: a retry is safe. */
export function unsentError(pending: Pending, server: string, cause: CacheError): CacheError {
  const message = `\`${pending.command.verb}\` was not sent to ${server}: ${sentence(cause.message)}.`
  const code = SAID_AS_IT_IS.has(cause.code) ? cause.code : 'ERR_CONNECTION'
  return new CacheError(code, message, { server, cause })
}

// A message that goes on inside another: without its capital letter and its full stop.
function sentence(message: string): string {
  return `${message.slice(0, 1).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`
}
