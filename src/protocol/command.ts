import type { Seconds } from '../units.ts'
import type { WireKey } from './key.ts'

/** A stored item's version, as one connection read it. */
export interface CasToken {
  readonly value: bigint
  /**
   * The connection that read it. On any other the token is void: a restarted server counts from 1
   * again, so that an old number can match a new item.
   */
  readonly connection: number
}

/** A meta command but for its opaque, which the connection adds when it writes. */
export interface MetaCommand {
  readonly verb: 'mg' | 'ms' | 'md' | 'ma'
  readonly key: WireKey
  /** Every flag but `b`, `C`, `O` and `k`, each with a leading space. */
  readonly flags: string
  readonly value: Uint8Array | undefined
  readonly compareCas: CasToken | undefined
}

/** A command whose replies are told by order alone. */
export interface TextCommand {
  readonly verb: 'mn' | 'version' | 'stats' | 'flush_all' | 'verbosity' | 'cache_memlimit' | 'me'
  readonly line: string
  /** The key that `me` asks about. */
  readonly subject?: WireKey
}

export type Command = MetaCommand | TextCommand

/** A number of seconds as `T`, `N` and `flush_all` take it: whole, 0 for never, -1 for at once. */
export type WireTtl = Seconds

export const NOOP: TextCommand = Object.freeze({ verb: 'mn', line: 'mn' })

export const VERSION: TextCommand = Object.freeze({ verb: 'version', line: 'version' })
