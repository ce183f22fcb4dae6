import type { Milliseconds } from '../units.ts'

// 200 ms apart is 5 attempts a second at most; under 900 ms, so that a server which is back is in
// use again within a second, its handshake included.
const FLOOR: Milliseconds = 200
const CEILING: Milliseconds = 900

/**
 * How long to leave a server alone after `failures` failures in a row (1 or more).
 *
 * Full jitter above a floor: the processes of a fleet, which saw the failure together, do not come
 * back together. `random` is 0 to 1, as from `Math.random()`.
 */
export function backoffMs(failures: number, random: number): Milliseconds {
  const reach = Math.min(CEILING, FLOOR * 2 ** failures)
  return FLOOR + random * (reach - FLOOR)
}
