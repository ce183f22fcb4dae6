import { parseDuration } from '../units.ts'
import { resolveWindow } from './http-options.ts'
import { checkName } from './key-options.ts'
import { checkHoles } from './page-holes.ts'
import type { PagePolicy } from './page-options.ts'

/** A wrong policy is told of when the page is asked for, not when the response is about to be sent. */
export function checkPolicy(policy: PagePolicy): void {
  const { name, ttl, holes } = policy
  if (holes !== undefined) checkHoles(holes)
  checkName(name)
  if (ttl !== undefined) parseDuration('ttl', ttl)
  for (const option of ['staleWhileRevalidate', 'staleIfError'] as const) {
    const window = policy[option]
    if (window !== undefined) resolveWindow(option, window)
  }
}
