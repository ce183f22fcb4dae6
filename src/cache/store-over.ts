import type { Seconds } from '../units.ts'
import type { Storable } from './backend.ts'
import type { CacheCore } from './core.ts'
import { readOrLease } from './read-or-lease.ts'

/** What is stored in the place of what counts as nothing. */
export interface Replacement {
  readonly operation: string
  readonly value: Storable
  readonly ttl: Seconds
  readonly tags: readonly string[] | undefined
  /** Whether a stale value counts as something. */
  readonly keepsStale: boolean
}

// A write of ours takes far less, and a process that dies in it must not keep the key for long.
const LEASE_FOR: Seconds = 2

/**
 * Stores over what the server holds although it is nothing: its tags made it unusable. Atomic, as it
 * takes the right to compute the key. Resolves to whether it did.
 */
export async function storeOver(
  core: CacheCore,
  key: string,
  { operation, value, ttl, tags, keepsStale }: Replacement,
): Promise<boolean> {
  const result = await readOrLease(core, key, {
    operation,
    leaseFor: LEASE_FOR,
    waitMs: 0,
    tags,
    takesStale: () => keepsStale,
  })
  if (result.state === 'won') {
    await result.lease.prepare()
    return result.lease.fill(value, { ttl })
  }
  if (result.state === 'stale') await result.lease?.release()
  return false
}
