import type { CacheContext } from '../channels.ts'
import type { ComputeMany } from './computation.ts'
import type { CacheCore } from './core.ts'
import type { Outcome } from './flight.ts'
import type { GetOrSetManyOptions } from './get-or-set-options.ts'
import { first } from './limits.ts'
import { ManyCall } from './many-call.ts'
import { checkFunction, resolvePolicy } from './policy.ts'

/** Reads many keys, and computes those that are missing in one run. */
export async function getOrSetMany<T>(
  core: CacheCore,
  context: CacheContext | undefined,
  keys: readonly string[],
  compute: ComputeMany<T>,
  options: GetOrSetManyOptions,
): Promise<Map<string, T>> {
  checkFunction('computeMissing', compute)
  const policy = resolvePolicy(core.settings, 'getOrSetMany', options)
  const wholeKeys = new Map(keys.map((key) => [key, core.key(key, options.version)]))
  const { signal } = policy
  if (signal?.aborted) throw signal.reason
  const answering = new ManyCall(core, policy, wholeKeys, compute).answer()
  const limits = { softMs: Infinity, hardMs: Infinity, leaving: signal, ref: true }
  const ending = await first(core.clock, answering, limits)
  if (ending.kind === 'failed') throw ending.error
  if (ending.kind !== 'done') throw signal?.reason
  return collect(context, keys, ending.value) as Map<string, T>
}

function collect(
  context: CacheContext | undefined,
  keys: readonly string[],
  outcomes: ReadonlyMap<string, Outcome>,
): Map<string, unknown> {
  const values = new Map<string, unknown>()
  for (const key of keys) {
    const outcome = outcomes.get(key)
    if (outcome?.kind === 'failed') throw outcome.error
    const isValue = outcome?.kind === 'value'
    if (isValue) values.set(key, outcome.value)
    const from = isValue ? outcome.from : 'misses'
    if (context !== undefined) context[from] = (context[from] ?? 0) + 1
  }
  return values
}
