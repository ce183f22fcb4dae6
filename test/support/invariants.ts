import { expect } from 'vitest'
import type { Load } from './load.ts'
import type { Sightings } from './sightings.ts'

/** What the loads of the fault tests give a command. */
export const TIMEOUT_MS = 300

/**
 * Own timers and promises run late where two cores are busy with other tests. What never settles,
 * or waits for another timeout, is later still.
 */
export const SLACK_MS = 1500

// A `getOrSet` reads, polls for another's result, computes and fills; each may wait for its timeout.
const CACHE_STEPS = 4

export interface Honesty {
  readonly timeoutMs?: number
  /** Whether a value that is there may be missed. */
  readonly mayMiss?: boolean
}

/** No wrong value, nothing lost without a cause, every promise settled in time, no odd failure. */
export function expectHonest(seen: Sightings, honesty: Honesty = {}): void {
  const { timeoutMs = TIMEOUT_MS, mayMiss = false } = honesty
  expect(seen.wrong).toEqual([])
  expect(seen.strange).toEqual([])
  if (!mayMiss) expect(seen.lost).toBe(0)
  expect(seen.slowestMs).toBeLessThan(timeoutMs + SLACK_MS)
  expect(seen.slowestCacheMs).toBeLessThan(CACHE_STEPS * timeoutMs + SLACK_MS)
}

/** Each of the load's two clients, its own and the cache's, tries no more than 5 times a second. */
export function expectNoStorm(seen: Sightings, ms: number): void {
  for (const attempts of seen.connects.values()) {
    expect(attempts).toBeLessThanOrEqual(2 * (2 + 5 * (ms / 1000)))
  }
}

/** The first answer comes within a second of the end of the fault. */
export async function expectRecovered(load: Load, server: string): Promise<void> {
  const healedAt = performance.now()
  await load.answer(server)
  expect(performance.now() - healedAt).toBeLessThan(1000 + SLACK_MS)
}
