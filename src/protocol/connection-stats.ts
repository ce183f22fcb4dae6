import { byNumber, type Figures, type RawFigures, readFigures, type Stats } from './stats.ts'

// Source: memcached doc/protocol.txt, "Connection statistics", and the answer of 1.6.18.
const CONNECTION = {
  /** `tcp:10.0.0.7:51234`, `unix:/path`; of a listening socket where it listens. */
  addr: 'string',
  /** Where it came in; `undefined` for a listening socket. */
  listen_addr: 'string',
  /** `conn_listening`, `conn_read`, `conn_parse_cmd`, `conn_waiting`, … */
  state: 'string',
  secs_since_last_cmd: 'number',
} as const

/** One socket of the server. */
export type ConnectionFigures = Figures<typeof CONNECTION> & {
  /** The server's file descriptor. What watchers call `connection`. */
  readonly fd: number
}

/** Every socket of the server, those that listen too: `stats conns`. */
export interface ConnsStats extends RawFigures {
  readonly connections: readonly ConnectionFigures[]
}

export function connsStats(stats: Stats): ConnsStats {
  const connections = [...byNumber(stats)].map(([fd, figures]) => ({
    fd,
    ...readFigures(CONNECTION, figures),
  }))
  return { connections, raw: stats }
}
