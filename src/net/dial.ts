import { connect, type LookupFunction, type Socket } from 'node:net'
import type { Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'

// A connection may be silent for hours; the kernel finds out whether anybody is still there.
const KEEP_ALIVE_MS: Milliseconds = 30_000

/** Starts to open a socket to a server, resolving its name anew: addresses change behind names. */
export function dial(address: ServerAddress, lookup: LookupFunction | undefined): Socket {
  return connect({
    ...address.target,
    ...(lookup === undefined ? {} : { lookup }),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  })
}
