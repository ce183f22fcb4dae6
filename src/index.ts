/**
 * A cache framework on Memcached: values, and what pages and fragments are built on.
 *
 * @module
 */

export type { BackendOptions, MemcachedAliasOptions } from './backends/backend-options.ts'
export { MemcachedBackend, type MemcachedBackendOptions } from './backends/memcached.ts'
export { MEMORY_DEFAULTS, MemoryBackend, type MemoryOptions } from './backends/memory.ts'
export type { MemoryUsage } from './backends/memory-usage.ts'
export { NullBackend } from './backends/null.ts'
export type { AliasSettings, BackendName } from './backends/open.ts'
export { TIERED_DEFAULTS, TieredBackend, type TieredOptions } from './backends/tiered.ts'
export type {
  Backend,
  Entry,
  Found,
  LeaseRead,
  LeaseToken,
  ReadWants,
  ReportFailure,
  Storable,
  TagVersions,
} from './cache/backend.ts'
export { Cache, type CacheSetup } from './cache/cache.ts'
export { callKey } from './cache/call-key.ts'
export type { CacheOrGetter, CallOptions } from './cache/call-plan.ts'
export type {
  Computation,
  Compute,
  ComputeMany,
  ManyComputation,
  ManyResult,
  OldValue,
} from './cache/computation.ts'
export type { ComputeMethods } from './cache/compute-methods.ts'
export type { CountOptions } from './cache/counters.ts'
export {
  type Cached,
  type Definition,
  type DefinitionWithComputation,
  defineCached,
  type Kept,
} from './cache/define-cached.ts'
export type { FillOptions, LeaseFillOptions } from './cache/fill-options.ts'
export {
  COMPUTE_DEFAULTS,
  type ComputeOptions,
  type GetOrSetManyOptions,
  type GetOrSetOptions,
} from './cache/get-or-set-options.ts'
export type { InvalidateTagsOptions } from './cache/invalidate-tags.ts'
export type { KeyMethods } from './cache/key-methods.ts'
export type { KeyFunction, Version } from './cache/keys.ts'
export type { Lease } from './cache/lease.ts'
export type { Lookup, LookupOptions } from './cache/lookup.ts'
export type { Memoize, Memoized, MemoizeOptions, Refused } from './cache/memoize.ts'
export {
  type AnyMethodMemoizer,
  type AsyncMethod,
  type MemoizedOptions,
  type MethodMemoizer,
  memoized,
  type NamedMethodOptions,
} from './cache/memoized.ts'
export type { ReadOptions } from './cache/reads.ts'
export { CACHE_DEFAULTS, type CacheOptions, type ResolvedSettings } from './cache/settings.ts'
export type { Schema } from './cache/standard-schema.ts'
export type { Entries, WriteOptions } from './cache/write-options.ts'
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
export {
  CODEC_DEFAULTS,
  type CodecOptions,
  type CustomCodec,
} from './codec/codec-options.ts'
export {
  COMPRESS_DEFAULTS,
  type CompressionAlgorithm,
  type CompressOptions,
} from './codec/compress.ts'
export type { Envelope, Header, ReadEnvelope } from './codec/envelope.ts'
export { type RawForms, ValueCodec } from './codec/value-codec.ts'
export type { Encoded } from './codec/values.ts'
export { CacheError, type CacheErrorCode, type CacheErrorInfo } from './errors.ts'
export type { Bytes, Duration, Milliseconds, Seconds, Size } from './units.ts'
