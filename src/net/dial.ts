import {
  isIP,
  type LookupFunction,
  type OnReadOpts,
  Socket,
  type SocketConstructorOpts,
} from 'node:net'
import { connect, TLSSocket } from 'node:tls'
import type { Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import type { TlsSetup } from './tls-options.ts'

/** The way a socket is opened. */
export interface DialOptions {
  readonly lookup: LookupFunction | undefined
  readonly tls: TlsSetup | undefined
}

// A connection may be silent for hours; the kernel finds out whether anybody is still there.
const KEEP_ALIVE_MS: Milliseconds = 30_000

/**
 * Starts to open a socket to a server, resolving its name anew: addresses change behind names.
 * Never throws: what `lookup` throws ends the socket, as a name that does not resolve does.
 * With `onread` the socket reads into that buffer and emits no `data`.
 */
export function dial(address: ServerAddress, options: DialOptions, onread?: OnReadOpts): Socket {
  const { tls } = options
  const socket =
    tls === undefined
      ? dialPlain(address, options, onread)
      : dialSecure(address, options, tls, onread)
  // Not as options of `connect`: given there they do nothing (seen with strace on Node 20).
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
}

/**
 * Calls `send` as soon as the socket may be written to. Over TLS not before the server has proved
 * who it is: what is written earlier is Node's to keep, and it may be a password.
 */
export function whenTrusted(socket: Socket, send: () => void): void {
  if (socket instanceof TLSSocket) socket.once('secureConnect', send)
  else send()
}

function dialPlain(address: ServerAddress, options: DialOptions, onread?: OnReadOpts): Socket {
  // `@types/node` knows the option of `net.connect` only.
  const socket = new Socket((onread === undefined ? {} : { onread }) as SocketConstructorOpts)
  return socket.connect({ ...address.target, ...resolving(options.lookup) })
}

function dialSecure(
  { name, target }: ServerAddress,
  { lookup }: DialOptions,
  tls: TlsSetup,
  onread?: OnReadOpts,
): Socket {
  const servername = tls.servername ?? ('host' in target ? hostName(target.host) : undefined)
  const session = tls.sessions.get(name)
  const socket = connect({
    ...target,
    ...resolving(lookup),
    secureContext: tls.context,
    rejectUnauthorized: tls.rejectUnauthorized,
    ...(servername === undefined ? {} : { servername }),
    ...(session === undefined ? {} : { session }),
    ...(onread === undefined ? {} : { onread }),
  })
  socket.on('session', (fresh: Buffer) => void tls.sessions.set(name, fresh))
  // A session may be why there is no connection: the next attempt is a full handshake.
  const forget = (): void => void tls.sessions.delete(name)
  socket.once('error', forget).once('secureConnect', () => socket.off('error', forget))
  return socket
}

/** What a server may be asked for by TLS: a name, never an address (RFC 6066 section 3). */
function hostName(host: string): string | undefined {
  return isIP(host) === 0 ? host : undefined
}

function resolving(lookup: LookupFunction | undefined): { lookup?: LookupFunction } {
  if (lookup === undefined) return {}
  return {
    lookup: (hostname, options, callback) => {
      try {
        lookup(hostname, options, callback)
      } catch (error) {
        callback(error instanceof Error ? error : new Error(String(error)), '')
      }
    },
  }
}
