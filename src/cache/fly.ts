import type { Found, LeaseRead } from './backend.ts'
import type { Computing } from './computing.ts'
import type { CacheCore } from './core.ts'
import { coverOf, isWithin } from './cover.ts'
import type { Answer, Flight, Outcome } from './flight.ts'
import { follow, join, keepUp } from './follow.ts'
import type { Lease } from './lease.ts'
import {
  type FirstRead,
  type ReadOrLease,
  type ReadOrLeaseResult,
  readOrLease,
} from './read-or-lease.ts'
import type { TagRead } from './tag-reads.ts'
import { NOTHING_READ } from './tag-scope.ts'

type Busy = ReadOrLeaseResult & { readonly state: 'busy' }

/** Reads a key, and where no answer is there computes it or joins who does. */
export function fly(core: CacheCore, flight: Flight): Promise<Answer> {
  if (!isPlain(flight)) return flyOn(core, flight, undefined)
  const { key, policy } = flight
  const { backend, tags } = core
  const keys = tags.expected(key, tags.carried(policy.tags))
  const leasing = backend.lease(key, policy.leaseFor)
  // In the same turn, so that both leave in one write, and behind the entry.
  if (keys.length > 0) return flyTagged(core, flight, leasing, tags.reads.read(keys))
  return leasing.then(
    (leased) => {
      const { found } = leased
      const isHit = found?.state === 'fresh' && found.tags === undefined
      if (isHit) return { kind: 'value', value: found.value, from: 'hits' }
      return flyOn(core, flight, () => ({ leased, read: NOTHING_READ }))
    },
    (error: unknown) =>
      flyOn(core, flight, () => {
        throw error
      }),
  )
}

async function flyTagged(
  core: CacheCore,
  flight: Flight,
  leasing: Promise<LeaseRead>,
  reading: Promise<TagRead>,
): Promise<Answer> {
  let first: () => FirstRead
  try {
    const leased = await leasing
    const read = await reading
    const { found } = leased
    if (found?.state === 'fresh' && core.tags.judge(found, read.versions) === 'valid') {
      if (found.tags === undefined) core.tags.forget(flight.key)
      return { kind: 'value', value: found.value, from: 'hits' }
    }
    first = () => ({ leased, read })
  } catch (error) {
    first = () => {
      throw error
    }
  }
  return flyOn(core, flight, first)
}

/** Whether any fresh value with valid tags is an answer: most calls by far take the short way. */
function isPlain({ policy, fit }: Flight): boolean {
  return !policy.isForced && policy.refreshAhead === undefined && fit.accepts === undefined
}

async function flyOn(
  core: CacheCore,
  flight: Flight,
  made: (() => FirstRead) | undefined,
): Promise<Answer> {
  for (let first = made; ; first = undefined) {
    const soon = await readNow(core, flight, first)
    if (soon.state === 'fresh' && soon.lease === undefined) {
      return { kind: 'value', value: flight.fit.outputOf(soon.found), from: 'hits' }
    }
    const read = mustWait(core, flight, soon) ? await readWaiting(core, flight) : soon
    const outcome = await answerTo(core, flight, read)
    // Somebody else's computation was no answer to this caller: it asks again.
    if (outcome.kind === 'value' || outcome.kind === 'failed') return outcome
  }
}

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
function joinable(core: CacheCore, { key, policy }: Flight): Computing | undefined {
  return policy.isForced ? undefined : core.flights.computing(key)
}
