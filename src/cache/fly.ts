import type { LeaseRead } from './backend.ts'
import type { CacheCore } from './core.ts'
import type { Answer, Flight } from './flight.ts'
import { answerTo } from './flight-answers.ts'
import { mustWait, readNow, readWaiting } from './flight-reads.ts'
import type { FirstRead } from './read-or-lease.ts'
import type { TagRead } from './tag-reads.ts'
import { NOTHING_READ } from './tag-scope.ts'

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
