import type { Milliseconds, Seconds } from '../units.ts'
import type { Found, LeaseRead } from './backend.ts'
import type { CacheCore } from './core.ts'
import { orInstead } from './failure.ts'
import { Lease } from './lease.ts'

/** How a caller who would compute reads a key. */
export interface ReadOrLease {
  readonly operation: string
  readonly leaseFor: Seconds
  /** How long to wait while somebody else computes. */
  readonly waitMs: Milliseconds
  /** Whether a stale value is an answer. Where it is not, it is told as `old`. */
  readonly takesStale: (found: Found) => boolean
}

/** What came of it. `old` is a stale value that was no answer, but may be one after a failure. */
export type ReadOrLeaseResult =
  | { readonly state: 'fresh'; readonly found: Found }
  | { readonly state: 'stale'; readonly found: Found; readonly lease: Lease | undefined }
  | { readonly state: 'won'; readonly lease: Lease; readonly old: Found | undefined }
  | { readonly state: 'busy'; readonly old: Found | undefined }
  | { readonly state: 'unavailable'; readonly old: undefined }

const FIRST_PAUSE: Milliseconds = 10
const LONGEST_PAUSE: Milliseconds = 100

/**
 * Reads a key, and where nothing usable is there gets the right to compute it, or waits for whoever
 * has it. One round trip for a hit; one more for each pause while waiting.
 */
export async function readOrLease(
  core: CacheCore,
  key: string,
  { operation, leaseFor, waitMs, takesStale }: ReadOrLease,
): Promise<ReadOrLeaseResult> {
  const until = core.clock.monotonic() + waitMs
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const read = await orInstead<LeaseRead | undefined>(core, operation, undefined, () =>
      core.backend.lease(key, leaseFor),
    )
    if (read === undefined) return { state: 'unavailable', old: undefined }
    const { found, token } = read
    if (found?.state === 'fresh') return { state: 'fresh', found }
    const lease = token && new Lease(core, token, leaseFor, found !== undefined)
    if (found !== undefined && takesStale(found)) return { state: 'stale', found, lease }
    if (lease !== undefined) return { state: 'won', lease, old: found }

    const leftMs = until - core.clock.monotonic()
    if (leftMs <= 0) return { state: 'busy', old: found }
    // Jitter, or everybody who lost the same race would ask again at the same moments.
    await core.clock.sleep(Math.min(leftMs, pause * (0.75 + Math.random() / 2)), { ref: true })
  }
}
