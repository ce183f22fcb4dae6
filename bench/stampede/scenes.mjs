import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What happens to one process. All processes of a scene begin at `at`, so much later than the last of
 * them was ready. Times are the wall clock's, which they share.
 */
export const SCENES = {
  /** All callers at once want a key that nobody has computed. */
  async cold(cache, { key, at, callers, computeMs }) {
    let computations = 0
    const compute = async () => {
      computations++
      await sleep(computeMs)
      return { text: 'computed' }
    }
    await until(at)
    const read = async () => {
      const began = performance.now()
      assert.deepEqual(await cache.getOrSet(key, compute), { text: 'computed' })
      return performance.now() - began
    }
    const took = await Promise.all(Array.from({ length: callers }, read))
    return { computations, slowestMs: Math.max(...took) }
  },

  /** The same, but what computes it fails. */
  async failing(cache, { key, at, callers, computeMs }) {
    let calls = 0
    let failedAt
    const compute = async () => {
      calls++
      await sleep(computeMs)
      failedAt ??= performance.now()
      throw new Error('The database is down.')
    }
    await until(at)
    let lastAt = 0
    const read = async () => {
      const error = await cache.getOrSet(key, compute).then(
        () => undefined,
        (reason) => reason,
      )
      lastAt = performance.now()
      return error
    }
    const errors = await Promise.all(Array.from({ length: callers }, read))
    return { calls, told: errors.filter(Boolean).length, lastMs: lastAt - failedAt }
  },

  /** A key that is read all the time, and is worth `ttlMs`. */
  async hot(cache, { key, at, forMs, perSecond, computeMs }) {
    let computations = 0
    const compute = async () => {
      computations++
      const startedAt = Date.now()
      await sleep(computeMs)
      return { startedAt }
    }
    const reads = []
    const read = async () => {
      const began = Date.now()
      const { startedAt } = await cache.getOrSet(key, compute)
      const done = Date.now()
      reads.push({ began, tookMs: done - began, ageMs: done - startedAt })
    }
    await until(at)
    const pending = []
    // By the clock, not by the number of timers: what a late timer missed is made up for.
    for (let now = at; now < at + forMs; now = Date.now()) {
      const due = ((now - at) / 1000) * perSecond
      while (pending.length <= due) pending.push(read())
      await sleep(1)
    }
    await Promise.all(pending)
    return { computations, reads }
  },
}

function until(at) {
  return sleep(Math.max(0, at - Date.now()))
}
