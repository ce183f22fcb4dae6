import { checkOptions, optionError } from '../errors.ts'
import { type Duration, type Milliseconds, parseDuration, type Seconds } from '../units.ts'
import type { Storable } from './backend.ts'
import { parseWindow } from './fill-options.ts'
import { COMPUTE_DEFAULTS, type ComputeOptions } from './get-or-set-options.ts'
import { checkLeaseFor, checkWaitMs, type ResolvedSettings } from './settings.ts'
import { checkSchema, type Schema } from './standard-schema.ts'
import { checkTags } from './tags.ts'

/** {@link ComputeOptions} with the holes filled. The code that computes reads only this. */
export interface Policy {
  readonly ttl: Seconds
  readonly tags: readonly string[]
  readonly staleWhileRevalidate: Seconds
  readonly staleIfError: Seconds
  readonly errorBackoff: Seconds
  readonly waitMs: Milliseconds
  readonly leaseFor: Seconds
  /** `Infinity`: none. */
  readonly softTimeoutMs: Milliseconds
  /** `Infinity`: none. */
  readonly hardTimeoutMs: Milliseconds
  readonly refreshAhead: number | undefined
  readonly jitter: number
  readonly negativeTtl: Seconds | undefined
  readonly isForced: boolean
  readonly schema: Schema<Storable> | undefined
  readonly signal: AbortSignal | undefined
}

const MANY_OPTIONS: readonly string[] = [
  'ttl',
  'tags',
  'staleWhileRevalidate',
  'staleIfError',
  'version',
  'waitMs',
  'leaseFor',
  'errorBackoff',
  'softTimeoutMs',
  'hardTimeoutMs',
  'refreshAhead',
  'jitter',
  'negativeTtl',
  'forceFresh',
  'schema',
  'signal',
]
/** What `getOrSet` takes; forms that are built on it take the same. */
export const GET_OR_SET_OPTIONS: readonly string[] = [...MANY_OPTIONS, 'default']
const OPTIONS = { getOrSet: GET_OR_SET_OPTIONS, getOrSetMany: MANY_OPTIONS }

const NO_TAGS: readonly string[] = Object.freeze([])

// What a timer of Node can count to, 24.8 days; beyond that it would fire at once.
const LONGEST_TIMER: Milliseconds = 2 ** 31 - 1

/** Fills the holes and checks the rest, before anything is sent. */
export function resolvePolicy(
  settings: ResolvedSettings,
  operation: 'getOrSet' | 'getOrSetMany',
  options: ComputeOptions,
): Policy {
  checkOptions(`the options of \`${operation}\``, options, OPTIONS[operation])
  const d = COMPUTE_DEFAULTS
  const { ttl, tags, waitMs, leaseFor, negativeTtl, errorBackoff, schema } = options
  return {
    ttl: ttl === undefined ? settings.ttl : parseDuration('ttl', ttl),
    tags: tags === undefined ? NO_TAGS : checkTags(tags),
    staleWhileRevalidate: parseWindow('staleWhileRevalidate', options.staleWhileRevalidate),
    staleIfError: parseWindow('staleIfError', options.staleIfError),
    errorBackoff: errorBackoff === undefined ? d.errorBackoff : checkBackoff(errorBackoff),
    waitMs: waitMs === undefined ? settings.waitMs : checkWaitMs(waitMs),
    leaseFor: leaseFor === undefined ? settings.leaseFor : checkLeaseFor(leaseFor),
    softTimeoutMs: checkTimeout('softTimeoutMs', options.softTimeoutMs, true),
    hardTimeoutMs: checkTimeout('hardTimeoutMs', options.hardTimeoutMs, false),
    refreshAhead: checkRefreshAhead(options.refreshAhead),
    jitter: checkJitter(options.jitter ?? d.jitter),
    negativeTtl: negativeTtl === undefined ? undefined : parseDuration('negativeTtl', negativeTtl),
    isForced: checkFlag('forceFresh', options.forceFresh ?? d.forceFresh),
    schema: schema === undefined ? undefined : checkSchema(schema),
    signal: checkSignal(options.signal),
  }
}

/** Whether a caller with one of them may be answered by what another one waits for. */
export function isSamePolicy(one: Policy, other: Policy): boolean {
  return (
    one.staleWhileRevalidate === other.staleWhileRevalidate &&
    one.staleIfError === other.staleIfError &&
    one.waitMs === other.waitMs &&
    one.softTimeoutMs === other.softTimeoutMs &&
    one.hardTimeoutMs === other.hardTimeoutMs &&
    one.isForced === other.isForced &&
    one.schema === other.schema
  )
}

/** Refuses what is no function, before anything is sent. */
export function checkFunction(option: string, run: unknown): void {
  if (typeof run !== 'function') throw optionError(option, run, 'a function')
}

function checkBackoff(errorBackoff: Duration): Seconds {
  const seconds = parseDuration('errorBackoff', errorBackoff)
  // For ever would keep an old value until somebody deletes it.
  if (seconds >= 0 && seconds < Infinity) return seconds
  throw optionError('errorBackoff', errorBackoff, 'a finite duration of 0 or more')
}

function checkTimeout(
  option: string,
  ms: Milliseconds | undefined,
  mayBeZero: boolean,
): Milliseconds {
  if (ms === undefined) return Infinity
  if (typeof ms === 'number' && (ms > 0 || (ms === 0 && mayBeZero))) {
    return ms > LONGEST_TIMER ? Infinity : ms
  }
  throw optionError(option, ms, mayBeZero ? 'milliseconds, 0 or more' : 'milliseconds above 0')
}

function checkRefreshAhead(part: number | undefined): number | undefined {
  if (part === undefined || (typeof part === 'number' && part > 0 && part < 1)) return part
  throw optionError('refreshAhead', part, 'a part of the lifetime: a number above 0 and below 1')
}

function checkJitter(jitter: number): number {
  if (typeof jitter === 'number' && jitter >= 0 && jitter < 1) return jitter
  throw optionError('jitter', jitter, 'a part of the lifetime: a number from 0 to below 1')
}

function checkFlag(option: string, flag: boolean): boolean {
  if (typeof flag === 'boolean') return flag
  throw optionError(option, flag, 'true or false')
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined
  // Not `instanceof`: a test environment such as jsdom has a class of its own.
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return signal
  throw optionError('signal', signal, 'an AbortSignal')
}
