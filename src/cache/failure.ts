import { publishError, warnOnce } from '../channels.ts'
import { CacheError, type CacheErrorCode, isOutage } from '../errors.ts'
import type { ResolvedSettings } from './settings.ts'

// No outages, and published as they are: what a server refused for want of a login, and a value that
// no setting makes smaller.
const PUBLISHED: ReadonlySet<CacheErrorCode> = new Set<CacheErrorCode>([
  'ERR_AUTH',
  'ERR_VALUE_TOO_LARGE',
])

/** What a cache does about failures: who it is, and what its settings say. */
export interface FailurePolicy {
  readonly alias: string
  readonly settings: Pick<ResolvedSettings, 'onFailure'>
}

/**
 * What the caller did wrong, or must act on: no setting hides it. What a backend of another's making
 * throws is taken for an outage.
 */
function isAlwaysTold(error: unknown): boolean {
  return CacheError.is(error) && !PUBLISHED.has(error.code) && !isOutage(error)
}

/**
 * Publishes a failure of the backend and gives `instead`, or rethrows where the settings say so, and
 * in any case what a server refused for want of a login.
 */
export function hideFailure<T>(
  policy: FailurePolicy,
  operation: string,
  error: unknown,
  instead: T,
): T {
  noteFailure(policy, operation, error)
  // As a miss, a wrong password would be a cache that never hits.
  const isRefused = CacheError.is(error) && error.code === 'ERR_AUTH'
  if (isRefused || policy.settings.onFailure === 'throw') throw error
  warnOnce(error)
  return instead
}

/** Publishes a failure of the backend that the caller is spared; rethrows a caller's mistake. */
export function noteFailure(policy: FailurePolicy, operation: string, error: unknown): void {
  if (isAlwaysTold(error)) throw error
  publishFailure(policy, operation, error)
}

/** Publishes a failure of something that nobody waits for. */
export function publishFailure(policy: FailurePolicy, operation: string, error: unknown): void {
  const server = CacheError.is(error) ? error.server : undefined
  const message = { error, operation, alias: policy.alias }
  publishError(server === undefined ? message : { ...message, server })
}

/** Runs what gives `instead` in an outage, where the settings say so. */
export async function orInstead<T>(
  policy: FailurePolicy,
  operation: string,
  instead: T,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    return hideFailure(policy, operation, error, instead)
  }
}

/** Runs what has no answer for an outage: it is published, and the caller is told. */
export async function toldOf<T>(
  policy: FailurePolicy,
  operation: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    noteFailure(policy, operation, error)
    throw error
  }
}
