import type { CacheContext } from '../channels.ts'
import { COUNTER_END } from '../codec/values.ts'
import { CacheError, optionError } from '../errors.ts'
import type { Duration, Milliseconds, Seconds } from '../units.ts'
import type { CacheCore } from './core.ts'
import { toldOf } from './failure.ts'
import type { Version } from './keys.ts'
import { missing, readValid } from './reads.ts'
import { storeOver } from './store-over.ts'

export interface CountOptions {
  /** What is stored, and returned, where nothing is there. Without it that is an error. */
  readonly initial?: number | bigint | undefined
  /** Of what `initial` stores; a number that is there keeps its own. Default: the alias's. */
  readonly ttl?: Duration | undefined
  /** Default: the alias's. */
  readonly version?: Version | undefined
}

export async function count(
  core: CacheCore,
  context: CacheContext | undefined,
  operation: 'incr' | 'decr',
  key: string,
  delta: number | bigint,
  options: CountOptions,
): Promise<number | bigint> {
  core.options(operation, options)
  const wholeKey = core.key(key, options.version)
  const by = checkCount('delta', delta)
  const ttl = core.ttl(options.ttl)
  const start = options.initial === undefined ? undefined : checkCount('initial', options.initial)
  if (start !== undefined && start < 0n) throw optionError('initial', start, '0 or more')
  const initial = start === undefined || ttl <= 0 ? undefined : { value: start, ttl }
  const change = operation === 'incr' ? by : -by
  const value = await toldOf(core, operation, () =>
    core.changing([wholeKey], () => {
      const isTagged = core.tags.expected(wholeKey).length > 0
      return isTagged
        ? countTagged(core, operation, wholeKey, change, initial)
        : core.backend.incr(wholeKey, change, initial)
    }),
  )
  // With a ttl of 0 or less the first number is not kept, but it is the answer.
  const result = value ?? start
  if (result === undefined) throw missing(operation, key)
  if (context !== undefined) context.stored = 1
  return result <= Number.MAX_SAFE_INTEGER ? Number(result) : result
}

// Each turn means that somebody else changed the key between two of our commands.
const MAX_TURNS = 10
const PAUSE: Milliseconds = 10

/** Counts where a number may be there that its tags made unusable. Two round trips and more. */
async function countTagged(
  core: CacheCore,
  operation: string,
  key: string,
  change: bigint,
  initial: { readonly value: bigint; readonly ttl: Seconds } | undefined,
): Promise<bigint | undefined> {
  const { backend, clock, tags } = core
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const found = await readValid(core, key)
    const sum = found?.state === 'fresh' ? await backend.incr(key, change) : undefined
    if (sum !== undefined || initial === undefined) return sum
    const { ttl } = initial
    const value = numberOf(initial.value)
    const versions = await tags.current(tags.generations)
    const entry = { value, createdAtMs: clock.now(), ttl, staleFor: 0, tags: versions }
    if (found === undefined && (await backend.add(key, entry))) return initial.value
    const more = { operation, tags: undefined, keepsStale: false }
    if (await storeOver(core, key, { ...entry, ...more })) return initial.value
    await clock.sleep(PAUSE, { ref: true })
  }
  const message = `\`${operation}\` gave up after ${MAX_TURNS} tries: others changed the key each time.`
  throw new CacheError('ERR_OVERLOADED', message)
}

function numberOf(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/**
 * Moves a value to another version with the lifetime it has left. Not atomic, as in Django: a read
 * between the two writes finds it under both.
 */
export async function moveVersion(
  core: CacheCore,
  operation: string,
  key: string,
  by: number,
  versionOrNone: Version | undefined,
): Promise<number> {
  const version = versionOrNone ?? core.settings.version
  if (typeof version !== 'number') throw optionError('version', version, 'a number, to be counted')
  const from = core.key(key, version)
  const to = core.key(key, version + by)
  return toldOf(core, operation, async () => {
    const found = await readValid(core, from, { mark: true })
    if (found?.state !== 'fresh') throw missing(operation, key)
    if (from === to) return version + by
    const { value, ageMs = 0, ttlLeft = core.settings.ttl, tags, etag } = found
    const createdAtMs = core.clock.now() - ageMs
    const entry = { value, createdAtMs, ttl: ageMs / 1000 + ttlLeft, staleFor: 0, tags, etag }
    await core.changing([from, to], async () => {
      if (await core.backend.set(to, entry)) await core.backend.delete(from)
    })
    return version + by
  })
}

function checkCount(option: string, value: number | bigint): bigint {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value)
  const count = isWhole ? BigInt(value) : undefined
  if (count !== undefined && count < COUNTER_END && count > -COUNTER_END) return count
  throw optionError(option, value, 'a whole number of at most 64 bits')
}

export function notANumber(key: string): CacheError {
  return new CacheError(
    'ERR_NOT_A_NUMBER',
    `The value under the key ${JSON.stringify(key.slice(0, 60))} cannot be counted: it must be a whole number from 0 to 2^64 - 1.`,
  )
}
