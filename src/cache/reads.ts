import { type CacheContext, cacheChannel, publishKey } from '../channels.ts'
import { CacheError, optionError } from '../errors.ts'
import type { Found, ReadWants, ReportFailure, Storable } from './backend.ts'
import type { CacheCore } from './core.ts'
import { hideFailure, orInstead } from './failure.ts'
import type { Version } from './keys.ts'
import { NOTHING_READ } from './tag-scope.ts'

export interface ReadOptions {
  /** Default: the alias's. */
  readonly version?: Version | undefined
  /**
   * Takes a stale value for an answer as well.
   *
   * @default false
   */
  readonly allowStale?: boolean
}

/** Reads one key. An outage looks like a miss where the settings say so. */
export async function readOne(
  core: CacheCore,
  context: CacheContext | undefined,
  operation: string,
  key: string,
  options: ReadOptions,
): Promise<Found | undefined> {
  core.options(operation, options)
  const wholeKey = core.key(key, options.version)
  const found = await orInstead<Found | undefined>(core, operation, undefined, () =>
    readValid(core, wholeKey),
  )
  return answering(context, found, options)
}

/** Reads one entry, with its tags; one that they made unusable is not there. */
export async function readValid(
  core: CacheCore,
  key: string,
  wants?: ReadWants,
): Promise<Found | undefined> {
  const { backend, tags } = core
  const keys = tags.expected(key)
  const getting = backend.get(key, wants)
  // In the same turn, so that both leave in one write.
  const reading = keys.length === 0 ? undefined : tags.reads.read(keys)
  const found = await getting
  const read = reading === undefined ? NOTHING_READ : await reading
  if (found === undefined) return undefined
  let verdict = tags.judge(found, read.versions)
  if (verdict === 'valid' && found.tags === undefined && reading !== undefined) tags.forget(key)
  if (verdict !== 'unknown') return tags.asJudged(found, verdict)
  const rest = await tags.readRest([[key, found]], read)
  verdict = tags.judge(found, rest.versions)
  if (rest.failure !== undefined && verdict === 'unknown') throw rest.failure.error
  return tags.asJudged(found, verdict)
}

/** Reads many keys in one batch. Under `onFailure: 'miss'` it gives what came. */
export async function readMany(
  core: CacheCore,
  context: CacheContext | undefined,
  keys: readonly string[],
  options: ReadOptions,
): Promise<Map<string, unknown>> {
  core.options('getMany', options)
  const wholeKeys = new Map(keys.map((key) => [core.key(key, options.version), key]))
  const values = new Map<string, unknown>()
  if (wholeKeys.size === 0) return values
  const found = await batch(core, 'getMany', (report) =>
    readManyValid(core, [...wholeKeys.keys()], report),
  )
  for (const [wholeKey, key] of wholeKeys) {
    const answer = answering(context, found?.get(wholeKey), options)
    if (answer !== undefined) values.set(key, answer.value)
  }
  return values
}

/** As {@link readValid}, for many: all their tags come in the same batch. */
export async function readManyValid(
  core: CacheCore,
  keys: readonly string[],
  report: ReportFailure,
): Promise<Map<string, Found>> {
  const { backend, tags } = core
  const expected = tags.isUsed ? [...new Set(keys.flatMap((key) => tags.expected(key)))] : []
  const getting = backend.getMany(keys, report)
  const reading = expected.length === 0 ? undefined : tags.reads.read(expected)
  const found = await getting
  let read = reading === undefined ? NOTHING_READ : await reading
  const isUnknown = ([, entry]: readonly [string, Found]): boolean =>
    tags.judge(entry, read.versions) === 'unknown'
  const isValid = (entry: Found): boolean => tags.judge(entry, read.versions) === 'valid'
  // Nearly always so, and then no lists are made.
  if (everyValue(found, isValid)) return found
  const unknown = [...found].filter(isUnknown)
  if (unknown.length > 0) {
    read = await tags.readRest(unknown, read)
    if (read.failure !== undefined && unknown.some(isUnknown)) report(read.failure.error)
  }
  const valid = new Map<string, Found>()
  for (const [key, entry] of found) {
    const judged = tags.asJudged(entry, tags.judge(entry, read.versions))
    if (judged !== undefined) valid.set(key, judged)
  }
  return valid
}

function everyValue(found: ReadonlyMap<string, Found>, is: (entry: Found) => boolean): boolean {
  for (const entry of found.values()) if (!is(entry)) return false
  return true
}

/**
 * A fresh value that the backend has at hand, with nobody listening who is to be told of the call.
 * `undefined` says no more than that it has to be asked. Never throws.
 */
export function quickHit(core: CacheCore, key: string): Found | undefined {
  const { backend, tags } = core
  if (backend.peek === undefined || cacheChannel.hasSubscribers || core.isClosed) return undefined
  const found = core.peek(key)
  if (found?.state !== 'fresh') return undefined
  if (found.tags === undefined && !tags.hasGenerations) return found
  return tags.isValidAtOnce(found) ? found : undefined
}

/**
 * The fresh value that `lookup` would find, where it is at hand and nobody listens who is to be told
 * of the call. It is the cache's own: nobody may change it. `undefined` says no more than that
 * `lookup` has to be asked. Never throws.
 */
export function quickLoan(core: CacheCore, key: string): Storable | undefined {
  const { backend, tags } = core
  if (backend.lend === undefined || cacheChannel.hasSubscribers || core.isClosed) return undefined
  const wholeKey = core.quickKey(key)
  const found = wholeKey === undefined ? undefined : backend.lend(wholeKey)
  if (found?.state !== 'fresh' || !tags.isValidAtOnce(found)) return undefined
  publishKey(core.alias, wholeKey ?? key)
  return found.value
}

/**
 * Runs a call for many keys whose failures may concern some of them only. Each failure is
 * published; under `onFailure: 'throw'` the first one rejects, after all have come in. Resolves to
 * `undefined` where the call itself failed.
 */
export async function batch<T>(
  core: CacheCore,
  operation: string,
  run: (report: (error: unknown) => void) => Promise<T>,
): Promise<T | undefined> {
  const failures: unknown[] = []
  let result: T | undefined
  try {
    result = await run((error) => failures.push(error))
  } catch (error) {
    failures.unshift(error)
  }
  let first: { readonly error: unknown } | undefined
  for (const error of failures) {
    try {
      hideFailure(core, operation, error, undefined)
    } catch (told) {
      first ??= { error: told }
    }
  }
  if (first !== undefined) throw first.error
  return result
}

/** Returns the keys as a list without doubles. A string is refused: it would be its characters. */
export function listKeys(keys: Iterable<string>): string[] {
  if (typeof keys === 'string' || !isIterable(keys)) {
    throw optionError('keys', keys, 'an array or another iterable of keys')
  }
  return [...new Set(keys)]
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

export function missing(operation: string, key: string): CacheError {
  const message = `\`${operation}\` found nothing under the key ${JSON.stringify(key.slice(0, 60))}: store a value first${
    operation.endsWith('Version') ? '' : ', or give `initial`'
  }.`
  return new CacheError('ERR_KEY_MISSING', message)
}

function answering(
  context: CacheContext | undefined,
  found: Found | undefined,
  { allowStale = false }: ReadOptions,
): Found | undefined {
  const isAnswer = found !== undefined && (found.state === 'fresh' || allowStale)
  if (context !== undefined) {
    const count = !isAnswer ? 'misses' : found.state === 'fresh' ? 'hits' : 'stale'
    context[count] = (context[count] ?? 0) + 1
  }
  return isAnswer ? found : undefined
}
