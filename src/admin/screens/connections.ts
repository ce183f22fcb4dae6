import type { ConnectionsReply } from '../api/connections.ts'
import { ratio } from '../figures.ts'
import { changeOf, type Span } from './server-detail.ts'

/** What of `stats conns` is read. */
export interface ListedConnection {
  readonly fd: number
  readonly addr?: string | undefined
  readonly state?: string | undefined
  readonly secs_since_last_cmd?: number | undefined
}

const MAX_ROWS = 500
const MAX_GROUPS = 100

/** `span` is of the figures, `connections` of `stats conns`; either may be missing. */
export function connectionsReply(
  server: string,
  span: Span | undefined,
  connections: readonly ListedConnection[],
  error: string | null,
): ConnectionsReply {
  const general = span?.after.general ?? {}
  const [open, reserved, limit] = [
    general.curr_connections ?? null,
    general.reserved_fds ?? null,
    general.max_connections ?? null,
  ]
  const clients = connections.filter(({ state }) => state !== 'conn_listening')
  return {
    schemaVersion: 1,
    server,
    error,
    open,
    reserved,
    limit,
    full: ratio(open === null || reserved === null ? null : open + reserved, limit),
    rejectedSinceStart: general.rejected_connections ?? null,
    yieldsPerSecond: changeOf(span, (detail) => detail.general).per('conn_yields'),
    peers: grouped(clients, ({ addr }) => peerOf(addr ?? '')).map(([peer, count]) => ({
      peer,
      count,
    })),
    states: grouped(connections, ({ state }) => state ?? '').map(([state, count]) => ({
      state,
      count,
    })),
    connections: clients
      .slice(0, MAX_ROWS)
      .map(({ fd, addr, state, secs_since_last_cmd: idle }) => ({
        fd,
        address: addr ?? null,
        state: state ?? null,
        idle: idle ?? null,
      })),
  }
}

/** `tcp:10.0.0.7:51234` is `10.0.0.7`, `tcp6:[::1]:51234` is `[::1]`. */
function peerOf(address: string): string {
  const [, ip] = /^(?:tcp|udp)6?:(.*):\d+$/.exec(address) ?? []
  return ip ?? (address || 'unknown')
}

function grouped<T>(items: readonly T[], of: (item: T) => string): [string, number][] {
  const counts = new Map<string, number>()
  for (const item of items) {
    const name = of(item)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_GROUPS)
}
