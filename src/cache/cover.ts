import type { Seconds } from '../units.ts'
import type { Found } from './backend.ts'
import type { Policy } from './policy.ts'

/** The old value, if it is an answer where computing anew fails. */
export function coverOf({ staleIfError }: Policy, old: Found | undefined): Found | undefined {
  return old !== undefined && isWithin(old, staleIfError) ? old : undefined
}

/** Whether `found` has been stale for no longer than `window`. */
export function isWithin(found: Found, window: Seconds): boolean {
  return window > 0 && (found.staleMs ?? 0) <= window * 1000
}
