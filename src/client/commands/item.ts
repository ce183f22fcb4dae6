import type { CasToken } from '../../protocol/command.ts'
import type { Seconds } from '../../units.ts'
import type { CallOptions } from '../routing/router.ts'
import { plainObjects } from './plain-objects.ts'

/** A value and the client flags it was stored with. The value is the caller's own. */
export interface Item {
  readonly value: Buffer
  readonly flags: number
}

export const PlainItem: new (value: Buffer, flags: number) => Item = plainObjects(function (
  value: Buffer,
  flags: number,
) {
  this.value = value
  this.flags = flags
})

/** An item and its version. */
export interface ItemWithCas extends Item {
  /** For `cas`, as long as its connection lives. */
  readonly cas: CasToken
}

/**
 * What became of a compare and swap. `'exists'`: the item was changed since it was read, or its
 * connection has ended. `'missing'`: it is gone. `'unavailable'`: the server is out, and nobody knows;
 * only with `onFailure: 'miss'`. Do not try that again at once.
 */
export type CasOutcome = 'stored' | 'exists' | 'missing' | 'unavailable'

/** How to store a value. */
export interface StoreOptions extends CallOptions {
  /** Default: the client's `ttl`. `Infinity`: never expires. 0 or less: gone at once. */
  readonly ttl?: Seconds | undefined
  /** Client flags, 0 to 2^32 - 1. Default: 0. */
  readonly flags?: number | undefined
}

/** What to do where there is nothing to add bytes to. */
export interface ExtendOptions extends CallOptions {
  /** Stores the bytes as a new item that lives so long. Left out: nothing is stored. */
  readonly createTtl?: Seconds | undefined
  /** Of that new item. Default: 0. */
  readonly flags?: number | undefined
}

/** What to do where there is nothing to count. */
export interface CountOptions extends CallOptions {
  /** Stored, and returned unchanged, where the key is missing. */
  readonly initial?: bigint | number | undefined
  /** Of an item made from `initial`. Default: the client's `ttl`. */
  readonly ttl?: Seconds | undefined
}

/** How to mark a value stale. */
export interface StaleOptions extends CallOptions {
  /** How long the stale value is kept. Default: as long as it had left. */
  readonly ttl?: Seconds | undefined
}
