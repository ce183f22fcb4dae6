import { isIP } from 'node:net'
import { checkOptions, optionError } from '../errors.ts'

/**
 * A server as it is written: `host`, `host:port` (11211 if left out), `[v6]`, `[v6]:port`,
 * `unix:/path` or `/path`, with its weight behind a star where it has one (`10.0.0.1:11211*2`); or
 * an object with the weight apart.
 */
export type ServerEntry =
  | string
  | {
      /** The same text, without a star. */
      readonly server: string
      /** Its share of the keys: twice the weight, twice the keys. A whole number from 1; default 1. */
      readonly weight?: number | undefined
    }

/** Where a server listens. */
export interface ServerAddress {
  /** `host:port`, `[v6]:port` or the socket's path: for people, messages and figures. */
  readonly name: string
  /** What the server is hashed by, as pymemcache names it: an IPv6 address without brackets. */
  readonly node: string
  readonly target: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly weight: number
}

export const DEFAULT_PORT = 11_211

/** The largest weight: what an SRV record can say. */
export const MAX_WEIGHT = 65_535

const ALLOWED = "'host', 'host:port', '[v6]', '[v6]:port', 'unix:/path' or '/path'"
const WEIGHT = /^(.*)\*(\d*)$/s
const BRACKETED = /^\[([^\]]+)\](?::(\d+))?$/
const NAMED = /^([\w.-]+)(?::(\d+))?$/

/**
 * Parses servers: a list, or one string split on `,` or `;`. Keeps the order. `option` is what an
 * error names.
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID` for an empty list, a malformed or doubled server.
 */
export function parseServers(
  servers: string | readonly ServerEntry[] | undefined,
  option = 'servers',
): ServerAddress[] {
  const list = typeof servers === 'string' ? servers.split(/[,;]/) : servers
  if (!Array.isArray(list) || list.length === 0) {
    throw optionError(option, servers, "a list such as ['10.0.0.1:11211'], or text split on commas")
  }
  const addresses = list.map((server) => parseServer(server, option))
  const names = new Set<string>()
  for (const { name } of addresses) {
    if (names.has(name)) throw optionError(option, name, 'named once')
    names.add(name)
  }
  return addresses
}

/** Parses one server. `option` is what an error names. */
export function parseServer(entry: unknown, option = 'servers'): ServerAddress {
  if (typeof entry === 'object' && entry !== null && 'server' in entry) {
    checkOptions('a server', entry, ['server', 'weight'])
    const { server, weight = 1 } = entry as { server: unknown; weight?: unknown }
    return { ...parsePlace(server, option), weight: checkWeight(weight, option) }
  }
  const [, place = entry, weight = '1'] =
    typeof entry === 'string' ? (WEIGHT.exec(entry.trim()) ?? []) : []
  return { ...parsePlace(place, option), weight: checkWeight(Number(weight), option) }
}

/** The address of a host that is known by its name or its address, with or without brackets. */
export function hostAddress(host: string, port: number, weight = 1): ServerAddress {
  const shown = isIP(host) === 6 ? `[${host}]` : host
  return { name: `${shown}:${port}`, node: `${host}:${port}`, target: { host, port }, weight }
}

function parsePlace(server: unknown, option: string): Omit<ServerAddress, 'weight'> {
  const text = typeof server === 'string' ? server.trim() : ''
  const path = text.startsWith('unix:') ? text.slice('unix:'.length) : text
  if (path.startsWith('/')) return { name: path, node: path, target: { path } }

  // Not shown: it may be a password.
  if (text.includes('@')) throw optionError(option, '…@', 'without a user or password: see `auth`')
  const [, v6, v6Port] = BRACKETED.exec(text) ?? []
  if (v6 !== undefined && isIP(v6) === 6) return hostAddress(v6, parsePort(v6Port, server, option))
  const [, host, hostPort] = NAMED.exec(text) ?? []
  if (host !== undefined) return hostAddress(host, parsePort(hostPort, server, option))
  throw optionError(option, server, ALLOWED)
}

function parsePort(text: string | undefined, server: unknown, option: string): number {
  const port = text === undefined ? DEFAULT_PORT : Number(text)
  if (port >= 1 && port <= 65_535) return port
  throw optionError(option, server, "'host:port' with a port from 1 to 65535")
}

function checkWeight(weight: unknown, option: string): number {
  if (Number.isInteger(weight) && (weight as number) >= 1 && (weight as number) <= MAX_WEIGHT) {
    return weight as number
  }
  throw optionError(`weight\` in \`${option}`, weight, `a whole number from 1 to ${MAX_WEIGHT}`)
}
