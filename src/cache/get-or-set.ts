import type { CacheContext } from '../channels.ts'
import { copyValue } from '../codec/copy.ts'
import type { Found, Storable } from './backend.ts'
import type { Compute } from './computation.ts'
import { startComputing, type Task } from './compute.ts'
import type { Computing } from './computing.ts'
import type { CacheCore } from './core.ts'
import { publishFailure } from './failure.ts'
import { Fit } from './fit.ts'
import type { Answer, Flight } from './flight.ts'
import { fly } from './fly.ts'
import type { GetOrSetOptions } from './get-or-set-options.ts'
import { checkFunction, type Policy, resolvePolicy } from './policy.ts'
import { quickHit } from './reads.ts'

/**
 * A fresh value that the backend has at hand, where the options ask for no more than that: before
 * anything is made for the long way. `undefined`: that has to be gone. Never throws.
 */
export function quickAnswer(
  core: CacheCore,
  key: string,
  compute: unknown,
  options: GetOrSetOptions | undefined,
): Found | undefined {
  if (core.backend.peek === undefined || typeof compute !== 'function') return undefined
  if (options !== undefined && !isPlain(core, options)) return undefined
  const found = quickHit(core, key)
  const part = options?.refreshAhead
  if (found === undefined || part === undefined) return found
  // Who is to refresh it goes the long way, and nobody else.
  return core.flights.ahead.isDue(core.key(key, undefined), found, part) ? undefined : found
}

/** Whether any fresh value is an answer. Not where something is wrong with the options. */
function isPlain({ settings }: CacheCore, options: GetOrSetOptions): boolean {
  if (options.version !== undefined || options.schema !== undefined) return false
  try {
    const { isForced, signal } = resolvePolicy(settings, 'getOrSet', options)
    return !isForced && signal?.aborted !== true
  } catch {
    return false
  }
}

/** Reads `key`, or computes it: once at a time for this process, and by a lease for the fleet. */
export function getOrSet(
  core: CacheCore,
  context: CacheContext | undefined,
  key: string,
  compute: Compute<unknown>,
  options: GetOrSetOptions,
): Promise<unknown> {
  // Not an async function: its promise would be one more for every hit.
  try {
    checkFunction('compute', compute)
    const policy = resolvePolicy(core.settings, 'getOrSet', options)
    const wholeKey = core.key(key, options.version)
    if (policy.signal?.aborted) throw policy.signal.reason
    const flight = new OneFlight(core, context, wholeKey, policy, compute, options)
    return core.flights.calls.run<Answer, unknown>(wholeKey, flight)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** A caller of `getOrSet`: he flies himself, or with somebody who does already. */
class OneFlight implements Flight {
  readonly operation = 'getOrSet'
  readonly key: string
  readonly policy: Policy
  readonly fit: Fit
  leaving: AbortSignal | undefined
  readonly #core: CacheCore
  readonly #context: CacheContext | undefined
  readonly #compute: Compute<unknown>
  readonly #options: GetOrSetOptions

  constructor(
    core: CacheCore,
    context: CacheContext | undefined,
    key: string,
    policy: Policy,
    compute: Compute<unknown>,
    options: GetOrSetOptions,
  ) {
    this.#core = core
    this.#context = context
    this.key = key
    this.policy = policy
    this.fit = Fit.to(policy.schema)
    this.#compute = compute
    this.#options = options
  }

  get signal(): AbortSignal | undefined {
    return this.policy.signal
  }

  start(leaving: AbortSignal | undefined): Promise<Answer> {
    this.leaving = leaving
    return fly(this.#core, this)
  }

  copy(answer: Answer): Answer {
    if (answer.kind !== 'value') return answer
    return { ...answer, value: copyValue(answer.value).value as Storable }
  }

  give(answer: Answer): unknown {
    const context = this.#context
    if (answer.kind === 'value') {
      if (context !== undefined) context[answer.from] = 1
      return answer.value
    }
    if (context !== undefined) context.misses = 1
    const { default: instead } = this.#options
    if (instead === undefined) throw answer.error
    if (!answer.isPublished) publishFailure(this.#core, 'getOrSet', answer.error)
    answer.isPublished = true
    return instead
  }

  begin(task: Task): Computing {
    return startComputing(this.#core, task, this.#compute)
  }

  report(operation: string, error: unknown): void {
    publishFailure(this.#core, operation, error)
  }
}
