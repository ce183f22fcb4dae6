import { computeChannel, traced } from '../channels.ts'
import { CacheError, shown } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import { adviseCall } from './advisor.ts'
import type { Found } from './backend.ts'
import { type Computation, ComputationState, type Computed } from './computation.ts'
import { Computing } from './computing.ts'
import type { CacheCore } from './core.ts'
import { publishFailure } from './failure.ts'
import type { Lease } from './lease.ts'
import type { Policy } from './policy.ts'

/** One key, and what its computation may build upon and store. */
export interface Task {
  readonly key: string
  readonly policy: Policy
  /** Without it nothing is stored. */
  readonly lease: Lease | undefined
  readonly old: Found | undefined
  /** Whether callers have an old value where the computation fails. */
  readonly isCovered: boolean
  /** Whether a caller waits for it; else it is a refresh in the background. */
  readonly isAwaited: boolean
}

/** Starts a computation of one key. With a lease others of this process join it from now on. */
export function startComputing(
  core: CacheCore,
  task: Task,
  compute: (computation: Computation) => unknown,
): Computing {
  adviseCall(core, 'getOrSet', task.policy)
  const controller = new AbortController()
  const computing = new Computing(task.lease?.lost, (reason, hasFailed) => {
    controller.abort(reason)
    core.flights.end(task.key, computing)
    endLease(core, task, reason, hasFailed)
  })
  if (task.lease !== undefined) core.flights.start(task.key, computing)
  void runOne(core, task, computing, controller, compute)
  return computing
}

async function runOne(
  core: CacheCore,
  task: Task,
  computing: Computing,
  controller: AbortController,
  compute: (computation: Computation) => unknown,
): Promise<void> {
  const { key, policy, lease, old } = task
  try {
    const lateTags = compute.length > 0
    await lease?.prepare({ lateTags })
    if (computing.isOver) return
    const state = new ComputationState(policy, old, controller.signal)
    const returned = await running(core, controller, () => compute(state))
    conclude(task, computing, await state.resultOf(returned, key, core.random))
  } catch (error) {
    failWith(core, task, computing, error)
  } finally {
    core.flights.end(key, computing)
  }
}

/** Runs the caller's function, and aborts its signal when the cache is closed. */
export async function running<T>(
  core: CacheCore,
  controller: AbortController,
  run: () => T | Promise<T>,
): Promise<T> {
  if (core.closing.aborted) controller.abort(core.closing.reason)
  core.computing.add(controller)
  try {
    // Async, so that what it throws at once is a rejection.
    return await traced(
      computeChannel,
      () => ({ alias: core.alias }),
      async () => run(),
    )
  } finally {
    core.computing.delete(controller)
  }
}

/** Hands a result over, and stores it where it is to be stored. Who was left computes in vain. */
export function conclude(
  task: Task,
  computing: Computing,
  { value, output, fill }: Computed,
): void {
  if (computing.isOver) return
  const { lease } = task
  const storing = fill === undefined ? lease?.release() : lease?.fill(value, fill)
  const stored = Promise.resolve(storing)
  // It is told by whoever waits for it.
  stored.catch(() => {})
  computing.succeed({ value, output, stored })
}

/** Hands a failure over at once: nobody waits for the store to hear of it. */
export function failWith(core: CacheCore, task: Task, computing: Computing, error: unknown): void {
  if (computing.isOver) return
  endLease(core, task, error, true)
  computing.fail(error)
}

/**
 * Ends a lease without a value. After a failure that an old value makes good the fleet backs off;
 * else the next caller tries at once, as it has nothing to lose.
 */
export function endLease(core: CacheCore, task: Task, error: unknown, hasFailed: boolean): void {
  const { key, lease, isCovered } = task
  const { errorBackoff } = task.policy
  const backsOff = hasFailed && isCovered && errorBackoff > 0
  if (backsOff) core.flights.failures.remember(key, error, errorBackoff)
  const ending = backsOff ? lease?.backOff(errorBackoff) : lease?.release()
  ending?.catch((failure: unknown) => publishFailure(core, 'release', failure))
}

export function timedOut(
  { operation, key }: { readonly operation: string; readonly key: string },
  limitMs: Milliseconds,
): CacheError {
  const message = `\`${operation}\`: the computation of ${shown(key)} took longer than ${limitMs} ms, its \`hardTimeoutMs\`.`
  return new CacheError('ERR_TIMEOUT', message, { applied: 'unknown' })
}
