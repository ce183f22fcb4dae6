import type { Found } from './backend.ts'
import type { Computing } from './computing.ts'
import type { CacheCore } from './core.ts'
import { coverOf } from './cover.ts'
import type { Flight, Outcome } from './flight.ts'
import { follow, join, keepUp } from './follow.ts'
import type { Lease } from './lease.ts'
import type { ReadOrLeaseResult } from './read-or-lease.ts'

/** Acts on what was read: at once, so that who reads next finds the computation to join. */
export async function answerTo(
  core: CacheCore,
  flight: Flight,
  read: ReadOrLeaseResult,
): Promise<Outcome> {
  const { fit, policy, leaving } = flight
  if (leaving?.aborted) {
    if ('lease' in read) await read.lease?.release()
    throw leaving.reason
  }
  switch (read.state) {
    case 'fresh':
    case 'stale': {
      const { found, lease } = read
      const from = read.state === 'fresh' ? 'hits' : 'stale'
      if (lease !== undefined) return answerAndRefresh(core, flight, found, lease)
      return { kind: 'value', value: fit.outputOf(found), from }
    }
    case 'won':
      return compute(core, flight, read.lease, read.old, coverOf(policy, read.old))
    case 'busy':
      return read.hasFailed
        ? answerInBackOff(core, flight, read.old)
        : answerBusy(core, flight, read.old)
    case 'unavailable':
      return joinOrCompute(core, flight, read.old)
    default:
      return read satisfies never
  }
}

/** Gives a value that this process has the right to refresh; or waits, where that is wanted. */
async function answerAndRefresh(
  core: CacheCore,
  flight: Flight,
  found: Found,
  lease: Lease,
): Promise<Outcome> {
  const { key, policy, fit } = flight
  if (found.state === 'stale' && policy.softTimeoutMs !== Infinity) {
    return compute(core, flight, lease, found, found)
  }
  const task = { key, policy, lease, old: found, isCovered: true, isAwaited: false }
  const computing = flight.begin(task)
  void keepUp(core, flight, computing, policy.hardTimeoutMs)
  if ((await flight.isAwaited?.()) === true) return follow(core, flight, computing, found)
  const from = found.state === 'fresh' ? 'hits' : 'stale'
  return { kind: 'value', value: fit.copyOf(found), from }
}

/**
 * While the fleet backs off from a computation: the old value if it may be given. Else one attempt
 * of each process, which is not stored; until the back-off ends its failure is everybody's.
 */
async function answerInBackOff(
  core: CacheCore,
  flight: Flight,
  old: Found | undefined,
): Promise<Outcome> {
  const { key, policy, fit } = flight
  const { failures } = core.flights
  const cover = coverOf(policy, old)
  if (cover !== undefined) return { kind: 'value', value: fit.outputOf(cover), from: 'stale' }
  const failure = failures.of(key)
  if (failure !== undefined) return { kind: 'failed', error: failure.error, isPublished: true }
  const outcome = await joinOrCompute(core, flight, old)
  if (outcome.kind === 'failed') failures.remember(key, outcome.error, policy.errorBackoff)
  return outcome
}

/** Somebody computes, and was waited for as long as it may be. */
async function answerBusy(
  core: CacheCore,
  flight: Flight,
  old: Found | undefined,
): Promise<Outcome> {
  const { policy, fit } = flight
  const cover = coverOf(policy, old)
  const isHere = joinable(core, flight) !== undefined
  // With a soft timeout, the time that this caller has for a new value is over.
  if (cover === undefined || isHere || policy.softTimeoutMs > policy.waitMs) {
    return joinOrCompute(core, flight, old)
  }
  return { kind: 'value', value: fit.outputOf(cover), from: 'stale' }
}

/** Without the right to store. */
function joinOrCompute(core: CacheCore, flight: Flight, old: Found | undefined): Promise<Outcome> {
  const cover = coverOf(flight.policy, old)
  const computing = joinable(core, flight)
  if (computing !== undefined) return join(core, flight, computing, cover)
  return compute(core, flight, undefined, old, cover)
}

function compute(
  core: CacheCore,
  flight: Flight,
  lease: Lease | undefined,
  old: Found | undefined,
  cover: Found | undefined,
): Promise<Outcome> {
  const { key, policy } = flight
  const isCovered = cover !== undefined
  const computing = flight.begin({ key, policy, lease, old, isCovered, isAwaited: true })
  return follow(core, flight, computing, cover)
}

/** What this process computes already, unless it began before a call that wants it anew. */
export function joinable(core: CacheCore, { key, policy }: Flight): Computing | undefined {
  return policy.isForced ? undefined : core.flights.computing(key)
}
