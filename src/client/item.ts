import type { CasToken } from '../protocol/command.ts'
import type { Seconds } from '../units.ts'

/** A value and the client flags it was stored with. The value is the caller's own. */
export interface Item {
  readonly value: Buffer
  readonly flags: number
}

export interface ItemWithCas extends Item {
  /** For `cas`, as long as its connection lives. */
  readonly cas: CasToken
}

export interface StoreOptions {
  /** Default: the client's `ttl`. `Infinity`: never expires. 0 or less: gone at once. */
  readonly ttl?: Seconds | undefined
  /** Client flags, 0 to 2^32 - 1. Default: 0. */
  readonly flags?: number | undefined
}

export interface CountOptions {
  /** Stored, and returned unchanged, where the key is missing. */
  readonly initial?: bigint | number | undefined
  /** Of an item made from `initial`. Default: the client's `ttl`. */
  readonly ttl?: Seconds | undefined
}
