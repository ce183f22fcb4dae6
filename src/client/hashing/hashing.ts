import { Ketama } from './ketama.ts'
import { Rendezvous } from './rendezvous.ts'

/** How a key finds its server. */
export type Hashing = 'rendezvous' | 'ketama'

/** A server as far as hashing knows it. */
export interface Weighted {
  readonly node: string
  readonly weight: number
}

/** Where every key goes among servers that do not change. */
export interface Choice {
  /** The index of the server that holds `key`. */
  indexOf(key: string): number
}

export const HASHINGS: readonly Hashing[] = ['rendezvous', 'ketama']

export function chooseBy(hashing: Hashing, servers: readonly Weighted[]): Choice {
  return hashing === 'ketama' ? new Ketama(servers) : new Rendezvous(servers)
}
