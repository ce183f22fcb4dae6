import type { Milliseconds } from '../units.ts'
import type { FragmentSlot } from './slot.ts'

const FIRST_PAUSE: Milliseconds = 10
const LONGEST_PAUSE: Milliseconds = 100
// Jitter, or all who lost the same race would ask again at the same moments.
const JITTER = 0.25

/**
 * Waits for fragments that somebody else renders: until all are there, or this caller has won one
 * of them, or the `waitMs` of their aliases is over, and they are rendered here. All are asked for
 * again in one trip.
 */
export async function waitForOthers(
  busy: readonly FragmentSlot[],
  waitMs?: Milliseconds,
): Promise<void> {
  const [first] = busy
  if (first === undefined) return
  const { clock } = first.cache
  const startedMs = clock.monotonic()
  const limitOf = (slot: FragmentSlot) => waitMs ?? slot.cache.settings.waitMs
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const waitedMs = clock.monotonic() - startedMs
    for (const slot of busy) {
      if (slot.state === 'busy' && waitedMs >= limitOf(slot)) slot.state = 'open'
    }
    const left = busy.filter(({ state }) => state === 'busy')
    // Who has won one keeps others waiting for it, and goes on at once.
    if (left.length === 0 || busy.some((slot) => slot.holdsLease)) return
    const leftMs = Math.max(...left.map(limitOf)) - waitedMs
    const jittered = pause * (1 + JITTER * (2 * Math.random() - 1))
    await clock.sleep(Math.min(leftMs, jittered), { ref: true })
    await Promise.all(left.map((slot) => slot.read()))
  }
}
