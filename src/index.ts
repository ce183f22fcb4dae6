/**
 * A cache framework on Memcached: values, and what pages and fragments are built on.
 *
 * @module
 */

export { MemcachedBackend } from './backends/memcached.ts'
export { MEMORY_DEFAULTS, MemoryBackend, type MemoryOptions } from './backends/memory.ts'
export type { MemoryUsage } from './backends/memory-usage.ts'
export { NullBackend } from './backends/null.ts'
export type { AliasSettings, BackendName } from './backends/open.ts'
export type {
  Backend,
  Entry,
  Found,
  LeaseRead,
  LeaseToken,
  ReportFailure,
  Storable,
} from './cache/backend.ts'
export { Cache, type CacheSetup } from './cache/cache.ts'
export type { CountOptions } from './cache/counters.ts'
export type { Computation, GetOrSetOptions } from './cache/get-or-set.ts'
export type { KeyFunction, Version } from './cache/keys.ts'
export type { FillOptions, Lease } from './cache/lease.ts'
export type { Lookup, LookupOptions } from './cache/lookup.ts'
export type { ReadOptions } from './cache/reads.ts'
export { CACHE_DEFAULTS, type CacheOptions, type ResolvedSettings } from './cache/settings.ts'
export type { Entries, WriteOptions } from './cache/writes.ts'
export {
  type AliasSetting,
  type CacheDescription,
  type Caches,
  type CachesContext,
  type CachesSettings,
  createCaches,
  describeCaches,
} from './caches.ts'
export type {
  CacheContext,
  CommandContext,
  ComputeContext,
  ConnectContext,
  ErrorMessage,
  FragmentContext,
  PageContext,
  ServerMessage,
} from './channels.ts'
export { type Clock, systemClock } from './clock.ts'
export { CacheError, type CacheErrorCode, type CacheErrorInfo } from './errors.ts'
export type { Bytes, Duration, Milliseconds, Seconds, Size } from './units.ts'
