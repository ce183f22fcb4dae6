import { isIP } from 'node:net'
import { optionError } from '../errors.ts'

/** Where a server listens. */
export interface ServerAddress {
  /** `host:port`, `[v6]:port` or the socket's path: for people, messages and figures. */
  readonly name: string
  /** What the server is hashed by, as pymemcache names it: an IPv6 address without brackets. */
  readonly node: string
  readonly target: { readonly host: string; readonly port: number } | { readonly path: string }
}

const DEFAULT_PORT = 11_211
const ALLOWED = "'host', 'host:port', '[v6]', '[v6]:port', 'unix:/path' or '/path'"
const BRACKETED = /^\[([^\]]+)\](?::(\d+))?$/
const NAMED = /^([\w.-]+)(?::(\d+))?$/

/**
 * Parses servers: a list, or one string split on `,` or `;`. Keeps the order.
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID` for an empty list, a malformed or doubled server.
 */
export function parseServers(servers: string | readonly string[]): ServerAddress[] {
  const list = typeof servers === 'string' ? servers.split(/[,;]/) : servers
  if (!Array.isArray(list) || list.length === 0) {
    throw optionError(
      'servers',
      servers,
      "a list such as ['10.0.0.1:11211'], or text split on commas",
    )
  }
  const addresses = list.map((server) => parseServer(server))
  for (const [i, { name }] of addresses.entries()) {
    if (addresses.findIndex((other) => other.name === name) !== i) {
      throw optionError('servers', name, 'named once')
    }
  }
  return addresses
}

function parseServer(server: unknown): ServerAddress {
  const text = typeof server === 'string' ? server.trim() : ''
  const path = text.startsWith('unix:') ? text.slice('unix:'.length) : text
  if (path.startsWith('/')) return { name: path, node: path, target: { path } }

  const [, v6, v6Port] = BRACKETED.exec(text) ?? []
  if (v6 !== undefined && isIP(v6) === 6) {
    const port = parsePort(v6Port, server)
    return { name: `[${v6}]:${port}`, node: `${v6}:${port}`, target: { host: v6, port } }
  }
  const [, host, hostPort] = NAMED.exec(text) ?? []
  if (host !== undefined) {
    const port = parsePort(hostPort, server)
    return { name: `${host}:${port}`, node: `${host}:${port}`, target: { host, port } }
  }
  throw optionError('servers', server, ALLOWED)
}

function parsePort(text: string | undefined, server: unknown): number {
  const port = text === undefined ? DEFAULT_PORT : Number(text)
  if (port >= 1 && port <= 65_535) return port
  throw optionError('servers', server, "'host:port' with a port from 1 to 65535")
}
