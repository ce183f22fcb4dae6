import type { Clock } from '../../clock.ts'
import { optionError } from '../../errors.ts'
import type { WireTtl } from '../../protocol/command.ts'
import type { Seconds } from '../../units.ts'

// Beyond 30 days the server takes the number for a time since 1970, long past.
// Source: memcached doc/protocol.txt, "Expiration times"; measured: 2592001 is gone at once.
export const RELATIVE_MAX: Seconds = 2_592_000
// The server's times are signed 32-bit: they end in January 2038.
const LATEST: Seconds = 0x7fff_ffff

/**
 * A lifetime as the server takes it: `Infinity` is 0, 0 or less is -1 (gone at once), fractions
 * are rounded up, and more than 30 days become a point in time. `option` is its name in an error.
 */
export function wireTtl(ttl: Seconds, clock: Clock, option = 'ttl'): WireTtl {
  if (ttl === Infinity) return 0
  if (typeof ttl !== 'number' || Number.isNaN(ttl)) {
    throw optionError(option, ttl, 'seconds, or Infinity for an item that never expires')
  }
  if (ttl <= 0) return -1
  const whole = Math.ceil(ttl)
  if (whole <= RELATIVE_MAX) return whole
  return Math.min(LATEST, Math.ceil(clock.now() / 1000) + whole)
}
