import type { CacheContext } from '../channels.ts'
import { COUNTER_END } from '../codec/values.ts'
import { CacheError, optionError } from '../errors.ts'
import type { Duration } from '../units.ts'
import type { CacheCore } from './core.ts'
import { toldOf } from './failure.ts'
import type { Version } from './keys.ts'
import { missing } from './reads.ts'

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
    core.changing([wholeKey], () => core.backend.incr(wholeKey, change, initial)),
  )
  // With a ttl of 0 or less the first number is not kept, but it is the answer.
  const result = value ?? start
  if (result === undefined) throw missing(operation, key)
  if (context !== undefined) context.stored = 1
  return result <= Number.MAX_SAFE_INTEGER ? Number(result) : result
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
    const found = await core.backend.get(from)
    if (found?.state !== 'fresh') throw missing(operation, key)
    if (from === to) return version + by
    const { value, ageMs = 0, ttlLeft = core.settings.ttl } = found
    const createdAtMs = core.clock.now() - ageMs
    const entry = { value, createdAtMs, ttl: ageMs / 1000 + ttlLeft, staleFor: 0 }
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
