/**
 * A Memcached client: meta protocol, one pipelined connection per server, no wrong values.
 *
 * @module
 */

export { CacheError, type CacheErrorCode } from '../errors.ts'
export type { CasToken, StatsKind } from '../protocol/command.ts'
export type {
  MetaArithmeticReply,
  MetaDeleteReply,
  MetaGetReply,
  MetaHit,
  MetaSetReply,
} from './answers.ts'
export { MemcachedClient } from './client.ts'
export type { CountOptions, Item, ItemWithCas, StoreOptions } from './item.ts'
export type { KeysOptions, ListedKey } from './keys.ts'
export type {
  MetaArithmeticOptions,
  MetaDeleteOptions,
  MetaGetOptions,
  MetaSetOptions,
} from './meta.ts'
export { MEMCACHED_DEFAULTS, type MemcachedOptions } from './options.ts'
export type { CallOptions, ServerAnswer } from './router.ts'
