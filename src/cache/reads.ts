import type { CacheContext } from '../channels.ts'
import { CacheError, optionError } from '../errors.ts'
import type { Found } from './backend.ts'
import type { CacheCore } from './core.ts'
import { hideFailure, orInstead } from './failure.ts'
import type { Version } from './keys.ts'

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
    core.backend.get(wholeKey),
  )
  return answering(context, found, options)
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
    core.backend.getMany([...wholeKeys.keys()], report),
  )
  for (const [wholeKey, key] of wholeKeys) {
    const answer = answering(context, found?.get(wholeKey), options)
    if (answer !== undefined) values.set(key, answer.value)
  }
  return values
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
