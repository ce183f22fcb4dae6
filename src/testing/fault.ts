import type { Bytes, Milliseconds } from '../units.ts'

/** How a connection ends: orderly, or with a reset. */
export type CutKind = 'fin' | 'rst'

interface Chance {
  /**
   * The chance, 0 to 1, that it strikes, by the proxy's seed. It is drawn for each reply where the
   * fault strikes replies (`garbage`, `half-reply`, `duplicate`, `swap`), else once for each
   * connection. Default: 1.
   */
  readonly toxicity?: number
}

interface Times {
  /** How often it strikes, over all connections; the rest passes. Default: always. */
  readonly times?: number
}

/**
 * What a {@link FaultProxy} does to the traffic that runs through it.
 *
 * A reply is a whole one: what follows a `VA` line belongs to it, and so it is with the classic text
 * and binary protocols, so that any client can be tested.
 */
export type Fault =
  /** Nothing. */
  | { readonly kind: 'pass' }
  /** Accepts and holds everything, both ways, until the fault changes. */
  | ({ readonly kind: 'hang' } & Chance)
  /** Holds each reply so long, and up to `jitterMs` longer. Replies keep their order. */
  | ({
      readonly kind: 'latency'
      readonly ms: Milliseconds
      readonly jitterMs?: Milliseconds
    } & Chance)
  /** Lets so many bytes a second through, each way and connection, and reads no faster itself. */
  | ({ readonly kind: 'throttle'; readonly bytesPerSecond: Bytes } & Chance)
  /** Refuses connections and cuts the open ones. */
  | { readonly kind: 'refuse' }
  /**
   * Cuts the open connections, and accepts new ones to close them at once: a load balancer without a
   * server behind it.
   */
  | ({ readonly kind: 'accept-close' } & Chance)
  /** Sends replies in packets of so many bytes, or of 1 to 9 by the seed. */
  | ({ readonly kind: 'slice'; readonly bytes: number | 'random' } & Chance)
  /** Sends this (latin1) instead of a reply; left out: bytes by the seed. */
  | ({ readonly kind: 'garbage'; readonly bytes?: string } & Times & Chance)
  /** Sends half of a reply and ends the connection. */
  | ({ readonly kind: 'half-reply'; readonly by: CutKind } & Times & Chance)
  /** Lets so many more replies through, over all connections, then ends each at its next reply. */
  | ({ readonly kind: 'cut-after'; readonly replies: number; readonly by: CutKind } & Chance)
  /** The same by bytes: it ends wherever they end, most likely within a reply. */
  | ({ readonly kind: 'cut-after'; readonly bytes: Bytes; readonly by: CutKind } & Chance)
  /** Sends a reply twice. */
  | ({ readonly kind: 'duplicate' } & Times & Chance)
  /** Sends two replies in the wrong order. */
  | ({ readonly kind: 'swap' } & Times & Chance)

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
  /** Commands by their first word, such as `mg`; of the binary protocol by opcode, such as `0x00`. */
  readonly commands: Map<string, number>
}
