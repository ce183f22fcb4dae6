/**
 * A Memcached client: meta protocol, one pipelined connection per server, no wrong values.
 *
 * @module
 */

export { CacheError, type CacheErrorCode } from '../errors.ts'
export type { ServerEntry } from '../net/address.ts'
export type { Credentials } from '../net/login.ts'
export type { TlsOptions } from '../net/tls-options.ts'
export type { CasToken } from '../protocol/command.ts'
export type { ConnectionFigures, ConnsStats } from '../protocol/connection-stats.ts'
export type { GeneralStats } from '../protocol/general-stats.ts'
export type { ProxyTokens, SetMode } from '../protocol/meta.ts'
export type { ProxyStats, StatsByKind, StatsKind } from '../protocol/server-command.ts'
export type { SettingsStats } from '../protocol/settings-stats.ts'
export type {
  ItemsStats,
  SizesStats,
  SlabClass,
  SlabClassItems,
  SlabsStats,
} from '../protocol/slab-stats.ts'
export type {
  ConnectionEvent,
  DeletionEvent,
  EvictionEvent,
  FetchEvent,
  OtherEvent,
  SkippedEvent,
  StoreEvent,
} from '../protocol/watched.ts'
export type { ChunkingOptions } from './chunks/chunking.ts'
export { MemcachedClient } from './client.ts'
export type { Entries } from './commands/bulk.ts'
export type {
  CasOutcome,
  CountOptions,
  ExtendOptions,
  Item,
  ItemWithCas,
  StaleOptions,
  StoreOptions,
} from './commands/item.ts'
export {
  GET_OR_LEASE_DEFAULTS,
  type GetOrLeaseOptions,
  type KeyLease,
  type LeaseRead,
} from './commands/leases.ts'
export type {
  MetaArithmeticOptions,
  MetaDeleteOptions,
  MetaGetOptions,
  MetaGetUnlessOptions,
  MetaOptions,
  MetaSetOptions,
} from './commands/meta-options.ts'
export type {
  MetaArithmeticReply,
  MetaDeleteReply,
  MetaGetReply,
  MetaHit,
  MetaSetReply,
  MetaUnchanged,
} from './commands/meta-replies.ts'
export type {
  DiscoveryOptions,
  DiscoveryTiming,
  DnsDiscovery,
  DnsRecords,
  DnsResolver,
  ElastiCacheDiscovery,
} from './discovery/discovery-options.ts'
export type { FlushOptions } from './figures/broadcasts.ts'
export type { InspectedItem } from './figures/inspect.ts'
export type { KeysOptions, ListedKey } from './figures/keys.ts'
export type { WatchedEvent, WatchKind, WatchOptions } from './figures/watch.ts'
export type { Hashing } from './hashing/hashing.ts'
export type { KeyCommands } from './key-commands.ts'
export { MEMCACHED_DEFAULTS, type MemcachedOptions } from './options.ts'
export { GUTTER_DEFAULTS, type GutterOptions } from './routing/gutter-options.ts'
export type { OnFailure } from './routing/outage.ts'
export type { CallOptions, ServerAnswer } from './routing/router.ts'
export type { ServerCommands } from './server-commands.ts'
