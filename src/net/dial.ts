import { type LookupFunction, Socket } from 'node:net'
import type { Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'

// A connection may be silent for hours; the kernel finds out whether anybody is still there.
const KEEP_ALIVE_MS: Milliseconds = 30_000

/**
 * Starts to open a socket to a server, resolving its name anew: addresses change behind names.
 * Never throws: what `lookup` throws ends the socket, as a name that does not resolve does.
 */
export function dial(address: ServerAddress, lookup: LookupFunction | undefined): Socket {
  const socket = new Socket()
  try {
    return socket.connect({
      ...address.target,
      ...(lookup === undefined ? {} : { lookup }),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    })
  } catch (error) {
    return socket.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}
