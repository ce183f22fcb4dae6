import type { CacheCore } from './core.ts'
import { coverOf, isWithin } from './cover.ts'
import type { Flight } from './flight.ts'
import { joinable } from './flight-answers.ts'
import {
  type FirstRead,
  type ReadOrLease,
  type ReadOrLeaseResult,
  readOrLease,
} from './read-or-lease.ts'

type Busy = ReadOrLeaseResult & { readonly state: 'busy' }

/** Reads once. */
export function readNow(
  core: CacheCore,
  flight: Flight,
  first?: () => FirstRead,
): Promise<ReadOrLeaseResult> {
  return readOrLease(core, flight.key, { ...asking(core, flight), first })
}

/** Whether another process computes: a computation of this one is joined at once. */
export function mustWait(core: CacheCore, flight: Flight, read: ReadOrLeaseResult): read is Busy {
  if (!isBusy(read) || flight.policy.waitMs === 0) return false
  return flight.leaving?.aborted !== true && joinable(core, flight) === undefined
}

/** Reads until another process has computed; where an old value may do, up to the soft timeout. */
export async function readWaiting(core: CacheCore, flight: Flight): Promise<ReadOrLeaseResult> {
  const { key, policy } = flight
  const { waitMs, softTimeoutMs } = policy
  const asked = asking(core, flight)
  if (softTimeoutMs >= waitMs) return readOrLease(core, key, { ...asked, waitMs })
  const soon = await readOrLease(core, key, { ...asked, waitMs: softTimeoutMs })
  if (!isBusy(soon) || coverOf(policy, soon.old) !== undefined) return soon
  return readOrLease(core, key, { ...asked, waitMs: waitMs - softTimeoutMs })
}

function asking(core: CacheCore, { operation, key, policy, fit }: Flight): ReadOrLease {
  return {
    operation,
    leaseFor: policy.leaseFor,
    waitMs: 0,
    tags: policy.tags,
    takesStale: (found) => isWithin(found, policy.staleWhileRevalidate),
    accepts: fit.accepts,
    isForced: policy.isForced,
    isDue: core.flights.dueFor(key, policy),
  }
}

function isBusy(read: ReadOrLeaseResult): read is Busy {
  return read.state === 'busy' && !read.hasFailed
}
