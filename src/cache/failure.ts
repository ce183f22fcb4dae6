import { publishError } from '../channels.ts'
import { CacheError, type CacheErrorCode } from '../errors.ts'
import type { ResolvedSettings } from './settings.ts'

// What the caller did wrong, or must act on. No setting hides it.
const ALWAYS_TOLD: ReadonlySet<CacheErrorCode> = new Set<CacheErrorCode>([
  'ERR_ALIAS_UNKNOWN',
  'ERR_CLOSED',
  'ERR_KEY_INVALID',
  'ERR_KEY_MISSING',
  'ERR_NOT_A_NUMBER',
  'ERR_OPTION_INVALID',
  'ERR_VALUE_INVALID',
])

/** What a cache does about failures: who it is, and what its settings say. */
export interface FailurePolicy {
  readonly alias: string
  readonly settings: Pick<ResolvedSettings, 'onFailure'>
}

/** Tells a caller's mistake from an outage. */
export function isAlwaysTold(error: unknown): boolean {
  return CacheError.is(error) && ALWAYS_TOLD.has(error.code)
}

/** Publishes a failure of the backend and gives `instead`, or rethrows where the settings say so. */
export function hideFailure<T>(
  policy: FailurePolicy,
  operation: string,
  error: unknown,
  instead: T,
): T {
  noteFailure(policy, operation, error)
  if (policy.settings.onFailure === 'throw') throw error
  warnOnce(error)
  return instead
}

const warnedOf = new Set<string>()

/** A server that is not there would otherwise be a cache that silently never hits. */
function warnOnce(error: unknown): void {
  if (!CacheError.is(error) || error.code !== 'ERR_CONNECTION') return
  const { server, message } = error
  if (server === undefined || warnedOf.has(server)) return
  warnedOf.add(server)
  process.emitWarning(
    `${message} Its keys are misses until it answers. Said once per server: subscribe to the channel reprise:error for each failure.`,
    { type: 'RepriseWarning', code: 'REPRISE_SERVER_DOWN' },
  )
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
