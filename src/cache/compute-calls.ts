import { CacheError, optionError } from '../errors.ts'
import type { Storable } from './backend.ts'
import { type CacheOrGetter, cacheOf, checkFunction, checkGiven } from './call-plan.ts'
import type { ManyComputation } from './computation.ts'
import type { CachedCalls } from './memoize.ts'

/** A call, as the list of its arguments. */
export type Call = readonly unknown[]

/** Refuses a single argument where the list of them is meant: a string would be its characters. */
export function listCalls(calls: Iterable<Call>): Call[] {
  const isList = typeof calls === 'object' && calls !== null && Symbol.iterator in calls
  const list = isList ? [...calls] : undefined
  if (list?.every(Array.isArray)) return list
  throw optionError('calls', calls, 'a list of lists of arguments')
}

/** Reads the values of many calls; what is missing is computed in one run. */
export type GetCalls = (calls: readonly Call[]) => Promise<Storable[]>

/**
 * Returns what reads many calls by `computeMany`, which is given those that are missing and gives
 * their values in the same order.
 */
export function callsReader(
  cache: CacheOrGetter,
  calls: CachedCalls,
  computeMany: unknown,
  withComputation: boolean,
): GetCalls {
  const run = checkFunction('computeMany', computeMany)
  const { tagsOf, shared } = calls
  if (shared.default !== undefined) {
    throw optionError('default', shared.default, 'left out where there is a `computeMany`')
  }

  return async (list) => {
    const keys = list.map((call) => calls.keyOf(call))
    const byKey = new Map(keys.map((key, i) => [key, list[i] ?? []]))
    const compute = async (missing: readonly string[], computation?: ManyComputation) => {
      const asked = missing.map((key) => byKey.get(key) ?? [])
      if (tagsOf !== undefined) {
        for (const [i, key] of missing.entries()) {
          computation?.of(key).tags.push(...tagsOf(asked[i] ?? []))
        }
      }
      const given = await (withComputation ? run(computation, asked) : run(asked))
      if (!Array.isArray(given) || given.length !== asked.length) throw wrongList(given, asked)
      return missing.map((key, i) => [key, checkGiven('`computeMany`', given[i])] as const)
    }
    // Who takes no second argument says that no tags will become known late, which saves a read.
    const isTold = withComputation || tagsOf !== undefined
    const computeMissing = isTold
      ? (missing: string[], computation: ManyComputation) => compute(missing, computation)
      : (missing: string[]) => compute(missing)
    const values = await cacheOf(cache).getOrSetMany(byKey.keys(), computeMissing, shared)
    return keys.map((key) => values.get(key) as Storable)
  }
}

function wrongList(given: unknown, missing: readonly Call[]): CacheError {
  const what = Array.isArray(given) ? `${given.length} values` : 'no array'
  const message = `\`computeMany\` gave ${what} for ${missing.length} calls: it must give an array with one value for each, in their order.`
  return new CacheError('ERR_VALUE_INVALID', message)
}
