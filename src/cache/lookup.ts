import type { CacheContext } from '../channels.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import type { Storable, TagVersions } from './backend.ts'
import type { CacheCore } from './core.ts'
import type { Version } from './keys.ts'
import type { Lease } from './lease.ts'
import { readOrLease } from './read-or-lease.ts'
import { checkLeaseFor, checkWaitMs } from './settings.ts'
import { checkTags } from './tags.ts'

export interface LookupOptions {
  /** Default: the alias's. */
  readonly version?: Version | undefined
  /** How long to wait while somebody else computes. Default: 0, not at all. */
  readonly waitMs?: Milliseconds | undefined
  /** Whole seconds. Default: the alias's. */
  readonly leaseFor?: Seconds | undefined
  /** Names of the tags that a value is filled in with. */
  readonly tags?: Iterable<string> | undefined
  /**
   * Allows to name more tags when the value is filled in. It takes one round trip more where a lease
   * is given.
   *
   * @default false
   */
  readonly lateTags?: boolean | undefined
  /**
   * Takes no value for an answer: whoever gets the right to computes anew, and the old one stays
   * readable meanwhile.
   *
   * @default false
   */
  readonly forceFresh?: boolean | undefined
}

/** What `Cache.lookup` found, and what is left to do for the caller. */
export type Lookup<T> =
  | {
      readonly state: 'fresh'
      readonly value: T
      /** Time since its computation started; `undefined` where the stored form does not tell. */
      readonly ageMs: Milliseconds | undefined
      /** What a value that is made of this one carries: {@link LeaseFillOptions.carries}. */
      readonly tags: TagVersions | undefined
    }
  | {
      readonly state: 'stale'
      readonly value: T
      readonly ageMs: Milliseconds | undefined
      /** How long it has been stale; `undefined` where it was invalidated. */
      readonly staleMs: Milliseconds | undefined
      /** The right to refresh it; `undefined`: somebody else has it. */
      readonly lease: Lease | undefined
    }
  /** Nothing is there, and this caller computes. */
  | { readonly state: 'won'; readonly lease: Lease }
  /** Nothing is there, and somebody else still computes: compute, do not store. */
  | { readonly state: 'busy' }
  /** The backend failed: compute, do not store. */
  | { readonly state: 'unavailable' }

export async function lookup<T extends Storable>(
  core: CacheCore,
  context: CacheContext | undefined,
  key: string,
  options: LookupOptions,
): Promise<Lookup<T>> {
  core.options('lookup', options)
  const { tags, lateTags = false, forceFresh = false } = options
  const result = await readOrLease(core, core.key(key, options.version), {
    operation: 'lookup',
    leaseFor: checkLeaseFor(options.leaseFor ?? core.settings.leaseFor),
    waitMs: checkWaitMs(options.waitMs ?? 0),
    takesStale: () => true,
    isForced: forceFresh,
    ...(tags === undefined ? {} : { tags: checkTags(tags) }),
  })
  const preparing = 'lease' in result ? result.lease?.prepare({ lateTags }) : undefined
  if (preparing !== undefined) await preparing
  switch (result.state) {
    case 'fresh': {
      if (context !== undefined) context.hits = 1
      const { value, ageMs, tags } = result.found
      return { state: 'fresh', value: value as T, ageMs, tags }
    }
    case 'stale': {
      if (context !== undefined) context.stale = 1
      const { value, ageMs, staleMs } = result.found
      return { state: 'stale', value: value as T, ageMs, staleMs, lease: result.lease }
    }
    default:
      if (context !== undefined) context.misses = 1
      return result.state === 'won'
        ? { state: 'won', lease: result.lease }
        : { state: result.state }
  }
}
