import type { Milliseconds } from '../units.ts'

/** How a connection ends: orderly, or with a reset. */
export type CutKind = 'fin' | 'rst'

/** What a {@link FaultProxy} does to the traffic that runs through it. */
export type Fault =
  /** Nothing. */
  | { readonly kind: 'pass' }
  /** Accepts and holds everything, both ways, until the fault changes. */
  | { readonly kind: 'hang' }
  /** Holds each reply so long. */
  | { readonly kind: 'latency'; readonly ms: Milliseconds }
  /** Refuses connections and cuts the open ones. */
  | { readonly kind: 'refuse' }
  /** Accepts and closes at once, as a load balancer without a server behind it. */
  | { readonly kind: 'accept-close' }
  /** Sends replies in packets of so many bytes, or of 1 to 9 by the seed. */
  | { readonly kind: 'slice'; readonly bytes: number | 'random' }
  /** Sends this instead of a reply; left out: bytes by the seed. */
  | { readonly kind: 'garbage'; readonly bytes?: string; readonly times?: number }
  /** Sends half of a reply and ends the connection. */
  | { readonly kind: 'half-reply'; readonly by: CutKind; readonly times?: number }
  /** Lets so many more replies through, then ends each connection at its next reply. */
  | { readonly kind: 'cut-after'; readonly replies: number; readonly by: CutKind }
  /** Sends a reply twice. */
  | { readonly kind: 'duplicate'; readonly times?: number }
  /** Sends two replies in the wrong order. */
  | { readonly kind: 'swap'; readonly times?: number }

/** What has run through a {@link FaultProxy} since it was started or last reset. */
export interface ProxyCounts {
  /** Accepted so far. */
  connections: number
  /** Bytes from the clients. */
  bytesSent: number
  /** Bytes to the clients. */
  bytesReceived: number
  /** Reads from the clients that brought bytes: about one for each of their writes. */
  reads: number
  /** Commands by their first word, such as `mg`. */
  readonly commands: Map<string, number>
}
