import type { CacheError } from '../../errors.ts'
import type { Pending } from '../../net/pending.ts'

// In the place of an opaque, which what was never written has not got.
const REPEATED = -1

/**
 * Whether a read that failed so is to be sent once more: it was surely not run, since it was never
 * written. Its deadline stays. Remembers that it was asked: the second time the answer is no.
 */
export function mayRepeat(read: Pending, error: CacheError): boolean {
  if (error.code !== 'ERR_CONNECTION' || error.applied !== 'no') return false
  if (read.cancelled || read.opaque === REPEATED) return false
  read.opaque = REPEATED
  return true
}
