import { type CacheContext, computeChannel, traced } from '../channels.ts'
import { copyValue } from '../codec/copy.ts'
import { checkValue } from '../codec/values.ts'
import { type Duration, type Milliseconds, parseDuration, type Seconds } from '../units.ts'
import type { Found, Storable } from './backend.ts'
import { type CacheCore, FLIGHT_MODES } from './core.ts'
import { publishFailure } from './failure.ts'
import type { Version } from './keys.ts'
import { type FillOptions, type Lease, parseWindow } from './lease.ts'
import { readOrLease } from './read-or-lease.ts'
import { checkLeaseFor, checkWaitMs } from './settings.ts'

/** What a computation of `getOrSet` is told, and may say about its result. */
export interface Computation {
  /**
   * Aborts when the cache is closed, and for a refresh in the background also when its result could
   * not be stored any more.
   */
  readonly signal: AbortSignal
  /** Lifetime of the result, as the call has it. Set it where the result itself tells. */
  ttl: Duration
  /** Keeps the result from being stored. It is returned all the same. */
  skip(): void
}

export interface GetOrSetOptions extends FillOptions {
  /** Default: the alias's. */
  readonly version?: Version | undefined
  /** How long to wait for a computation in another process. Default: the alias's. */
  readonly waitMs?: Milliseconds | undefined
  /** Whole seconds. Default: the alias's. */
  readonly leaseFor?: Seconds | undefined
}

interface Plan<T> {
  readonly key: string
  readonly compute: (computation: Computation) => T | Promise<T>
  readonly ttl: Seconds
  readonly staleWhileRevalidate: Seconds
  readonly staleIfError: Seconds
  readonly waitMs: Milliseconds
  readonly leaseFor: Seconds
}

/** Reads `key`, or computes it: once at a time for this process, and by a lease for the fleet. */
export async function getOrSet<T extends Storable>(
  core: CacheCore,
  context: CacheContext | undefined,
  key: string,
  compute: (computation: Computation) => T | Promise<T>,
  options: GetOrSetOptions,
): Promise<T> {
  core.options('getOrSet', options)
  const plan: Plan<T> = {
    key: core.key(key, options.version),
    compute,
    ttl: core.ttl(options.ttl),
    staleWhileRevalidate: parseWindow('staleWhileRevalidate', options.staleWhileRevalidate),
    staleIfError: parseWindow('staleIfError', options.staleIfError),
    waitMs: checkWaitMs(options.waitMs ?? core.settings.waitMs),
    leaseFor: checkLeaseFor(options.leaseFor ?? core.settings.leaseFor),
  }
  // Callers who take different things for an answer do not share one run.
  const mode = (plan.staleWhileRevalidate > 0 ? 1 : 0) + (plan.staleIfError > 0 ? 2 : 0)
  const { value, from } = await core.flights.run(
    FLIGHT_MODES[mode] ?? '',
    plan.key,
    () => answer(core, plan),
    ({ value, from }) => ({ value: copyValue(value).value as T, from }),
  )
  if (context !== undefined) context[from] = 1
  return value
}

interface Answer<T> {
  readonly value: T
  readonly from: 'hits' | 'stale' | 'misses'
}

async function answer<T extends Storable>(core: CacheCore, plan: Plan<T>): Promise<Answer<T>> {
  const result = await readOrLease(core, plan.key, {
    operation: 'getOrSet',
    leaseFor: plan.leaseFor,
    waitMs: plan.waitMs,
    takesStale: (found) => isWithin(found, plan.staleWhileRevalidate),
  })
  switch (result.state) {
    case 'fresh':
      return { value: result.found.value as T, from: 'hits' }
    case 'stale':
      if (result.lease !== undefined) void refresh(core, plan, result.lease)
      return { value: result.found.value as T, from: 'stale' }
    case 'won':
      return orOld(core, plan, result.old, () => {
        return computeAndFill(core, plan, result.lease)
      })
    case 'busy':
    case 'unavailable':
      return orOld(core, plan, result.old, async () => {
        return (await computeOnce(core, plan)).value
      })
    default:
      return result satisfies never
  }
}

/** Whether `found`, which is stale, has been so for no longer than `window`. */
function isWithin(found: Found, window: Seconds): boolean {
  return window > 0 && (found.staleMs ?? 0) <= window * 1000
}

async function orOld<T extends Storable>(
  core: CacheCore,
  plan: Plan<T>,
  old: Found | undefined,
  run: () => Promise<T>,
): Promise<Answer<T>> {
  try {
    return { value: await run(), from: 'misses' }
  } catch (error) {
    if (old === undefined || !isWithin(old, plan.staleIfError)) throw error
    publishFailure(core, 'getOrSet', error)
    return { value: old.value as T, from: 'stale' }
  }
}

/** Computes in the background. Nobody waits for it, so its failure goes to the channel. */
async function refresh<T extends Storable>(
  core: CacheCore,
  plan: Plan<T>,
  lease: Lease,
): Promise<void> {
  try {
    await computeAndFill(core, plan, lease, lease.lost)
  } catch (error) {
    publishFailure(core, 'refresh', error)
  }
}

async function computeAndFill<T extends Storable>(
  core: CacheCore,
  plan: Plan<T>,
  lease: Lease,
  lost?: AbortSignal,
): Promise<T> {
  try {
    const { value, ttl } = await computeOnce(core, plan, lost)
    if (ttl !== undefined) {
      const { staleWhileRevalidate, staleIfError } = plan
      await lease.fill(value, { ttl, staleWhileRevalidate, staleIfError })
    }
    return value
  } finally {
    await lease.release()
  }
}

/**
 * Runs the caller's computation, and aborts it when the cache is closed or `lost` aborts. `ttl` is
 * `undefined` where the result is not to be stored.
 */
async function computeOnce<T extends Storable>(
  core: CacheCore,
  plan: Plan<T>,
  lost?: AbortSignal,
): Promise<{ value: T; ttl: Seconds | undefined }> {
  const controller = new AbortController()
  let isSkipped = false
  const computation: Computation = {
    signal: controller.signal,
    ttl: plan.ttl,
    skip: () => {
      isSkipped = true
    },
  }
  lost?.addEventListener('abort', () => controller.abort(lost.reason), { once: true })
  if (core.closing.aborted) controller.abort(core.closing.reason)
  core.computing.add(controller)
  try {
    const value = await traced(
      computeChannel,
      () => ({ alias: core.alias }),
      async () => plan.compute(computation),
    )
    // Also where nothing is stored: whether a value is fit must not depend on who was first.
    checkValue(value)
    return { value, ttl: isSkipped ? undefined : parseDuration('ttl', computation.ttl) }
  } finally {
    core.computing.delete(controller)
  }
}
