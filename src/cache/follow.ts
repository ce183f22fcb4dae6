import type { Milliseconds } from '../units.ts'
import type { Found } from './backend.ts'
import { timedOut } from './compute.ts'
import type { Computing, Done } from './computing.ts'
import type { CacheCore } from './core.ts'
import type { Answered, Flight, Outcome } from './flight.ts'
import { first, settledWithin } from './limits.ts'
import { onAbort } from './on-abort.ts'

const ABSENT: Outcome = Object.freeze({ kind: 'absent' })
const UNFIT: Outcome = Object.freeze({ kind: 'unfit' })
const NOTHING: Done = Object.freeze({
  value: undefined,
  output: undefined,
  stored: Promise.resolve(),
})

/**
 * Waits for a computation that this flight has begun, and answers what comes first. `cover` is the
 * value of before, where it is an answer should the computation be late, or fail.
 */
export async function follow(
  core: CacheCore,
  flight: Flight,
  computing: Computing,
  cover: Found | undefined,
): Promise<Outcome> {
  return wait(core, flight, computing, cover, computing.done)
}

/**
 * The same for a computation that somebody else has begun, maybe before a write that this caller
 * knows of. That it was stored shows that there was none: else the server would have refused it.
 */
export async function join(
  core: CacheCore,
  flight: Flight,
  computing: Computing,
  cover: Found | undefined,
): Promise<Outcome> {
  const stored = computing.copied().then(async (done) => {
    return (await done.stored) === true ? done : NOTHING
  })
  const outcome = await wait(core, flight, computing, cover, stored)
  if (outcome.kind === 'absent') return UNFIT
  if (outcome.kind !== 'value' || outcome.from !== 'misses') return outcome
  const value = await flight.fit.outputFor(outcome.value)
  return value === undefined ? UNFIT : { ...outcome, value }
}

async function wait(
  core: CacheCore,
  flight: Flight,
  computing: Computing,
  cover: Found | undefined,
  doing: Promise<Done>,
): Promise<Outcome> {
  const { policy, leaving } = flight
  const startedMs = core.clock.monotonic()
  const hardMs = policy.hardTimeoutMs
  const softMs = cover === undefined ? Infinity : policy.softTimeoutMs
  const leave = computing.enter()
  // At once: nobody is to join in between what would end then.
  const forget = leaving && onAbort(leaving, () => leave(leaving.reason))
  const ending = await first(core.clock, doing, { softMs, hardMs, leaving, ref: true })
  forget?.()
  const spentMs = core.clock.monotonic() - startedMs
  switch (ending.kind) {
    case 'done': {
      leave()
      const { output, stored } = ending.value
      if (output === undefined) return ABSENT
      // A slow store keeps nobody for longer than a slow computation does.
      await settledWithin(core.clock, stored, Math.min(softMs, hardMs) - spentMs)
      return { kind: 'value', value: output, from: 'misses' }
    }
    case 'failed':
      leave()
      return instead(flight, cover, ending.error)
    case 'soft':
      void keepUp(core, flight, computing, hardMs - spentMs)
      leave()
      return covered(flight, cover) ?? ABSENT
    case 'hard': {
      const error = timedOut(flight, hardMs)
      leave(error, true)
      return instead(flight, cover, error)
    }
    case 'left':
      leave(ending.reason)
      throw ending.reason
    default:
      return ending satisfies never
  }
}

/** Answers with the old value, and says why; without one with the failure. */
function instead(flight: Flight, cover: Found | undefined, error: unknown): Outcome {
  const answer = covered(flight, cover)
  if (answer === undefined) return { kind: 'failed', error, isPublished: false }
  flight.report(flight.operation, error)
  return answer
}

function covered({ fit }: Flight, cover: Found | undefined): Answered | undefined {
  if (cover === undefined) return undefined
  const from = cover.state === 'fresh' ? 'hits' : 'stale'
  // The computation may go on, and look at the value again.
  return { kind: 'value', value: fit.copyOf(cover), from }
}

/**
 * Waits for a computation in the background, so that it goes on though no caller waits: until it
 * could not be stored any more. Its failure goes to the channel. Never rejects.
 */
export async function keepUp(
  core: CacheCore,
  flight: Flight,
  computing: Computing,
  hardMs: Milliseconds,
): Promise<void> {
  if (computing.isKeptUp) return
  computing.isKeptUp = true
  const leave = computing.enter()
  const limits = { softMs: Infinity, hardMs, leaving: computing.lost, ref: false }
  const ending = await first(core.clock, computing.done, limits)
  switch (ending.kind) {
    case 'done':
      leave()
      await ending.value.stored.catch((error: unknown) => flight.report('refresh', error))
      return
    case 'failed':
      leave()
      flight.report('refresh', ending.error)
      return
    case 'soft':
    case 'hard': {
      const error = timedOut(flight, flight.policy.hardTimeoutMs)
      leave(error, true)
      flight.report('refresh', error)
      return
    }
    case 'left':
      leave(ending.reason)
      return
    default:
      return ending satisfies never
  }
}
