import { isIP } from 'node:net'

/** Who can reach an address: the machine itself, its network, or everybody. */
export type Reach = 'machine' | 'network' | 'world'

// RFC 1918, 6598, 3927 and 4193, and link-local of RFC 4291.
const PRIVATE =
  /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i
const LOOPBACK = /^(?:127\.|::1$|localhost$)/i

/** Of `host:port`, `[v6]:port` or a socket's path. What a name stands for is not known: a network. */
export function reachOf(server: string): Reach {
  if (server.startsWith('/') || server.startsWith('unix:')) return 'machine'
  const isBare = isIP(server) !== 0
  const host = isBare ? server : server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (LOOPBACK.test(host)) return 'machine'
  return isIP(host) === 0 || PRIVATE.test(host) ? 'network' : 'world'
}

/** Of the `-l` of a server, several with commas; `undefined`: all addresses of its machine. */
export function listensTo(inter: string | undefined): Reach {
  if (inter === undefined) return 'world'
  const hosts = inter.split(',').map((host) => host.trim().replace(/^notls:/, ''))
  const reaches = hosts.map((host) =>
    /^(?:0\.0\.0\.0|::|\*)(?::\d+)?$/.test(host) ? 'world' : reachOf(host),
  )
  if (reaches.includes('world')) return 'world'
  return reaches.includes('network') ? 'network' : 'machine'
}
