import type { Milliseconds, Seconds } from '../units.ts'
import type { Found, LeaseRead, Storable } from './backend.ts'
import type { CacheCore } from './core.ts'
import type { Lease } from './lease.ts'
import { Reading } from './reading.ts'
import type { TagRead } from './tag-reads.ts'

/** What came of asking for an entry, and in the same turn for the tags it was to have. */
export interface FirstRead {
  readonly leased: LeaseRead
  readonly read: TagRead
}

/** How a caller who would compute reads a key. */
export interface ReadOrLease {
  readonly operation: string
  readonly leaseFor: Seconds
  /** How long to wait while somebody else computes. */
  readonly waitMs: Milliseconds
  /** Names of tags that the caller stores with the value: their versions come in the same trip. */
  readonly tags?: readonly string[] | undefined
  /** Whether a stale value is an answer. Where it is not, it is told as `old`. */
  readonly takesStale: (found: Found) => boolean
  /** Whether a value, fresh or stale, is of use at all. One that is not counts as none. */
  readonly accepts?: ((value: Storable) => boolean | Promise<boolean>) | undefined
  /** A fresh value is no answer, but `old`; unless its computation started after this call. */
  readonly isForced?: boolean | undefined
  /** Gives, or throws, what came of a first reading that was made for this call already. */
  readonly first?: (() => FirstRead) | undefined
  /** Whether a fresh value, which is an answer, is to be refreshed by whoever gets the right to. */
  readonly isDue?: ((found: Found) => boolean) | undefined
}

/**
 * What came of it. `old` is a value that was no answer, but may be one after a failure, and is what
 * a computation may build upon.
 */
export type ReadOrLeaseResult =
  /** With a `lease` it is due, and this caller refreshes it. */
  | { readonly state: 'fresh'; readonly found: Found; readonly lease: Lease | undefined }
  | { readonly state: 'stale'; readonly found: Found; readonly lease: Lease | undefined }
  | { readonly state: 'won'; readonly lease: Lease; readonly old: Found | undefined }
  /** `hasFailed`: the last computation did, and nobody computes for a while. It is not waited for. */
  | { readonly state: 'busy'; readonly old: Found | undefined; readonly hasFailed: boolean }
  | { readonly state: 'unavailable'; readonly old: undefined }

const FIRST_PAUSE: Milliseconds = 10
const LONGEST_PAUSE: Milliseconds = 100
// Jitter, or everybody who lost the same race would ask again at the same moments.
const JITTER = 0.25

/** Within so long everybody who waits for a key has asked for it again. */
export const LONGEST_WAIT_TO_ASK: Milliseconds = LONGEST_PAUSE * (1 + JITTER)

/**
 * Reads a key, and where nothing usable is there gets the right to compute it, or waits for whoever
 * has it. One round trip for a hit, tagged or not, unless this process does not know of a tag yet;
 * one more where what is there is fresh but no answer, and for each pause while waiting.
 *
 * Who gets a lease must call its `prepare` before computing.
 */
export function readOrLease(
  core: CacheCore,
  key: string,
  asked: ReadOrLease,
): Promise<ReadOrLeaseResult> {
  const reading = new Reading(core, key, asked)
  return asked.waitMs === 0 ? reading.next() : poll(core, reading)
}

async function poll(core: CacheCore, reading: Reading): Promise<ReadOrLeaseResult> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const result = await reading.next()
    if (result.state !== 'busy' || result.hasFailed) return result
    const { leftMs } = reading
    if (leftMs <= 0) return result
    const jittered = pause * (1 + JITTER * (2 * Math.random() - 1))
    await core.clock.sleep(Math.min(leftMs, jittered), { ref: true })
  }
}
